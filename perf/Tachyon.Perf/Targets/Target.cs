namespace Tachyon.Perf.Targets;

/// <summary>The quantity of a target.</summary>
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
    Baseline,
}

/// <summary>A value to reach.</summary>
/// <param name="Scenario">The scenario, the probe, or the name of a baseline.</param>
/// <param name="Quantity">What is measured.</param>
/// <param name="Candidate">The candidate that must reach it.</param>
/// <param name="HigherIsBetter">Whether the limit is a minimum or a maximum.</param>
/// <param name="Limit">The value to reach: a ratio to the Unix socket of the same round where there is one, otherwise in the unit.</param>
/// <param name="Stretch">A more ambitious value, if any.</param>
/// <param name="Unit">Of the numbers.</param>
/// <param name="Digits">Decimals that count: a value is rounded to them before it is judged.</param>
internal sealed record Target(
    string Scenario, Quantity Quantity, string Candidate, bool HigherIsBetter, double Limit, double? Stretch, string Unit, int Digits)
{
    internal bool IsReachedBy(double value)
    {
        var rounded = Math.Round(value, Digits);
        return HigherIsBetter ? rounded >= Limit : rounded <= Limit;
    }
}

/// <summary>What was measured for a target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Value">The median; null if it was not measured.</param>
/// <param name="Lowest">Of all rounds.</param>
/// <param name="Highest">Of all rounds.</param>
/// <param name="Note">Details for the reader.</param>
internal sealed record TargetVerdict(Target Target, double? Value, double? Lowest, double? Highest, string Note)
{
    public bool Reached => Value is { } value && Target.IsReachedBy(value);
}
