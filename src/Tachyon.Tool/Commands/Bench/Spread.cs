namespace Tachyon.Tool.Commands.Bench;

/// <summary>The values of some rounds.</summary>
internal sealed record Spread(double Median, double Lowest, double Highest)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
