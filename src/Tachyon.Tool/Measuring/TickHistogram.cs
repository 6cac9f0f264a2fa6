using System.Diagnostics;
using HdrHistogram;

namespace Tachyon.Measuring;

/// <summary>A histogram of stopwatch ticks. Rounds record plain arrays, so that recording costs no more than reading the clock.</summary>
internal static class TickHistogram
{
    private const int LongestSeconds = 3600;

    // Percentiles are right to 0.1 %.
    private const int Digits = 3;

    internal static LongHistogram Create() => new(LongestSeconds * Stopwatch.Frequency, Digits);

    internal static void Record(this LongHistogram histogram, ReadOnlySpan<long> ticks)
    {
        foreach (var value in ticks)
        {
            histogram.RecordValue(value);
        }
    }

    internal static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
