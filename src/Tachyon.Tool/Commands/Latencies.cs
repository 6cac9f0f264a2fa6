using System.Diagnostics;
using HdrHistogram;

namespace Tachyon.Tool.Commands;

/// <summary>Latencies in a histogram, in ticks of the stopwatch.</summary>
internal static class Latencies
{
    private const int LongestSeconds = 3600;

    // Percentiles are right to 0.1 %.
    private const int Digits = 3;

    internal static LongHistogram NewHistogram() => new(LongestSeconds * Stopwatch.Frequency, Digits);

    internal static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
