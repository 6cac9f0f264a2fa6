using System.Diagnostics;
using HdrHistogram;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Floors;

/// <summary>How long round trips took, in nanoseconds.</summary>
/// <param name="Mean">Of further round trips that were timed together, so that no look at the clock is part of it.</param>
internal sealed record Latency(int Samples, double P50, double P90, double P99, double P999, double Max, double Mean)
{
    internal static Latency Of(long[] ticks, double mean)
    {
        LongHistogram histogram = TickHistogram.Create();
        histogram.Record(ticks);
        return new Latency(ticks.Length, At(50), At(90), At(99), At(99.9), At(100), mean);

        double At(double percent) => ticks.Length == 0 ? double.NaN : histogram.GetValueAtPercentile(percent) * 1e9 / Stopwatch.Frequency;
    }
}
