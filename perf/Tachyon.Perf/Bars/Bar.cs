namespace Tachyon.Perf.Bars;

/// <summary>What a bar is about.</summary>
internal enum Quantity
{
    Rate,
    P50,
    P99,
    CpuPerCall,
    CrossingsPerCall,
    CpuAtRest,
    MemoryAtRest,
    AllocatedBytes,
    Floor,
}

/// <summary>One thing to reach.</summary>
/// <param name="Scenario">The scenario, the probe, or the name of a floor.</param>
/// <param name="Quantity">What of it.</param>
/// <param name="Rival">Who is to reach it.</param>
/// <param name="HigherIsBetter">Whether it is to be at least, or at most, the limit.</param>
/// <param name="Limit">The bar. A ratio to the Unix socket of the same round, for what can be compared; else in the unit.</param>
/// <param name="Aim">What to aim for, if anything.</param>
/// <param name="Unit">How the numbers are written.</param>
/// <param name="Digits">Decimals that count: a value is rounded to them before it is judged.</param>
internal sealed record Bar(
    string Scenario, Quantity Quantity, string Rival, bool HigherIsBetter, double Limit, double? Aim, string Unit, int Digits)
{
    internal bool IsReachedBy(double value)
    {
        double rounded = Math.Round(value, Digits);
        return HigherIsBetter ? rounded >= Limit : rounded <= Limit;
    }
}

/// <summary>What was measured for a bar.</summary>
/// <param name="Bar">Which.</param>
/// <param name="Value">The median; null if it was not measured.</param>
/// <param name="Lowest">Of all rounds.</param>
/// <param name="Highest">Of all rounds.</param>
/// <param name="Note">What else there is to say.</param>
internal sealed record BarVerdict(Bar Bar, double? Value, double? Lowest, double? Highest, string Note)
{
    public bool Reached => Value is { } value && Bar.IsReachedBy(value);
}
