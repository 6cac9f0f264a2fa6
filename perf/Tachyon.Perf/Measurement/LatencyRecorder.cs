namespace Tachyon.Perf.Measurement;

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
