using System.Diagnostics;
using HdrHistogram;

namespace Tachyon.Perf.Measurement;

/// <summary>Ticks of the stopwatch in a histogram. Rounds record plain arrays, so that reading the clock is all that recording costs.</summary>
internal static class TickHistogram
{
    private const int LongestSeconds = 3600;

    // Percentiles are right to 0.1 %.
    private const int Digits = 3;

    internal static LongHistogram Create() => new(LongestSeconds * Stopwatch.Frequency, Digits);

    internal static void Record(this LongHistogram histogram, ReadOnlySpan<long> ticks)
    {
        foreach (long value in ticks)
        {
            histogram.RecordValue(value);
        }
    }
}
