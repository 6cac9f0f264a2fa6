using System.Text.Json.Serialization;
using HdrHistogram;

namespace Tachyon.Measuring;

/// <summary>What one round of one candidate showed.</summary>
/// <param name="Seconds">How long it took.</param>
/// <param name="Operations">Calls, or messages of a stream.</param>
/// <param name="Bytes">Bytes that a stream carried; 0 where calls are counted.</param>
/// <param name="Latencies">Of the calls; null for streams.</param>
internal record Round(double Seconds, double Operations, double Bytes, Latencies? Latencies)
{
    /// <summary>Whether other processes used the machine. Such a round is repeated if the settings allow it.</summary>
    public virtual bool Disturbed => false;

    /// <summary>Calls/s, or MB/s for a stream.</summary>
    [JsonIgnore]
    internal double Rate => (Bytes > 0 ? Bytes / 1e6 : Operations) / Seconds;
}

/// <summary>Percentiles of one round, in microseconds.</summary>
internal sealed record Latencies(double P50, double P90, double P99, double P999, double Max)
{
    internal static Latencies? Of(IEnumerable<LatencyRecorder> recorders)
    {
        var ticks = TickHistogram.Create();
        foreach (var recorder in recorders)
        {
            ticks.Record(recorder.Ticks);
        }

        return ticks.TotalCount == 0 ? null : new Latencies(At(50), At(90), At(99), At(99.9), At(100));

        double At(double percent) => TickHistogram.Microseconds(ticks.GetValueAtPercentile(percent));
    }
}

/// <summary>Keeps every latency of one loop, in ticks of the stopwatch.</summary>
internal sealed class LatencyRecorder(int capacity)
{
    private long[] _ticks = new long[capacity];

    internal int Count { get; private set; }

    internal ReadOnlySpan<long> Ticks => _ticks.AsSpan(0, Count);

    internal void Add(long ticks)
    {
        if (Count == _ticks.Length)
        {
            Array.Resize(ref _ticks, 2 * Count);
        }

        _ticks[Count++] = ticks;
    }
}
