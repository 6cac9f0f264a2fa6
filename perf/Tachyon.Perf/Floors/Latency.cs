using System.Diagnostics;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Floors;

/// <summary>How long round trips took, in nanoseconds.</summary>
/// <param name="Mean">Of further round trips that were timed together, so that no look at the clock is part of it.</param>
internal sealed record Latency(int Samples, double P50, double P90, double P99, double P999, double Max, double Mean)
{
    internal static Latency Of(long[] ticks, double mean)
    {
        long[] sorted = [.. ticks];
        Array.Sort(sorted);
        return new Latency(sorted.Length, At(0.5), At(0.9), At(0.99), At(0.999), At(1), mean);

        double At(double part) => sorted.Length == 0 ? double.NaN : Percentile.At(sorted, part) * 1e9 / Stopwatch.Frequency;
    }
}
