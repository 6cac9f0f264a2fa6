namespace Tachyon.Measuring;

/// <summary>The median of what several rounds showed, with the lowest and the highest.</summary>
internal sealed record Spread(double Median, double Lowest, double Highest)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length == 0
            ? new Spread(double.NaN, double.NaN, double.NaN)
            : new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }

    /// <summary>Ratios round by round: what disturbs a round disturbs both of its sides.</summary>
    internal static Spread OfRatios<TRound>(IEnumerable<TRound> mine, IEnumerable<TRound> reference, Func<TRound, double> quantity)
        => Of(mine.Zip(reference, (one, other) => quantity(one) / quantity(other)));
}
