using System.Diagnostics;
using HdrHistogram;

namespace Tachyon.Perf.Measurement;

/// <summary>Percentiles of one round, in microseconds.</summary>
internal sealed record Latencies(double P50, double P90, double P99, double P999, double Max)
{
    internal static Latencies? Of(IReadOnlyList<LatencyRecorder> recorders)
    {
        LongHistogram ticks = TickHistogram.Create();
        foreach (LatencyRecorder recorder in recorders)
        {
            ticks.Record(recorder.Ticks);
        }

        return ticks.TotalCount == 0 ? null : new Latencies(At(50), At(90), At(99), At(99.9), At(100));

        double At(double percent) => ticks.GetValueAtPercentile(percent) * 1e6 / Stopwatch.Frequency;
    }
}
