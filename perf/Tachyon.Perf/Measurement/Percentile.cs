namespace Tachyon.Perf.Measurement;

internal static class Percentile
{
    /// <summary>The smallest sample that this part of all samples does not exceed; there must be one.</summary>
    internal static long At(long[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}
