using System.Diagnostics;

namespace Tachyon.Perf.Measurement;

/// <summary>Exact percentiles of one round, in microseconds.</summary>
internal sealed record Latencies(double P50, double P90, double P99, double P999, double Max)
{
    internal static Latencies? Of(IReadOnlyList<LatencyRecorder> recorders)
    {
        var all = new long[recorders.Sum(recorder => recorder.Count)];
        if (all.Length == 0)
        {
            return null;
        }

        int filled = 0;
        foreach (LatencyRecorder recorder in recorders)
        {
            recorder.Ticks.CopyTo(all.AsSpan(filled));
            filled += recorder.Count;
        }

        Array.Sort(all);
        return new Latencies(At(all, 0.5), At(all, 0.9), At(all, 0.99), At(all, 0.999), At(all, 1));
    }

    private static double At(long[] sorted, double part) => Percentile.At(sorted, part) * 1e6 / Stopwatch.Frequency;
}
