using System.Diagnostics;
using HdrHistogram;
using Tachyon.Measuring;

namespace Tachyon.Perf.Baselines;

/// <summary>All results.</summary>
internal sealed record BaselinesResult(
    IReadOnlyList<LatencyRow> Latencies,
    IReadOnlyList<StreamRow> Streams,
    RingComparison? RingAgainstC,
    Spread? RingStreamAgainstUnixSocket);

/// <summary>The round trips of one path.</summary>
/// <param name="Name">The path; see <see cref="PathNames"/>.</param>
/// <param name="Latency">Null when it could not be measured; <paramref name="Note"/> gives the reason.</param>
/// <param name="CrossingsPerRoundTrip">System calls of both sides; null where there are none or they are not counted.</param>
/// <param name="Note">Details for the reader.</param>
internal sealed record LatencyRow(string Name, Latency? Latency, double? CrossingsPerRoundTrip, string Note);

/// <summary>One direction at full speed.</summary>
/// <param name="GigabytesPerSecond">Median of the rounds; 10^9 bytes.</param>
internal sealed record StreamRow(string Name, int WriteSize, double GigabytesPerSecond, double Lowest, double Highest);

/// <summary>The ring in C# divided by the ring in C: medians over interleaved rounds.</summary>
internal sealed record RingComparison(Spread P50, Spread Mean);

/// <summary>How long round trips took, in nanoseconds.</summary>
/// <param name="Mean">Of further round trips that were timed together, so that it contains no read of the clock.</param>
internal sealed record Latency(int Samples, double P50, double P90, double P99, double P999, double Max, double Mean)
{
    internal static Latency Of(long[] ticks, double mean)
    {
        var histogram = TickHistogram.Create();
        histogram.Record(ticks);
        return new Latency(ticks.Length, At(50), At(90), At(99), At(99.9), At(100), mean);

        double At(double percent) => ticks.Length == 0 ? double.NaN : histogram.GetValueAtPercentile(percent) * 1e9 / Stopwatch.Frequency;
    }
}

/// <summary>The result of one series of round trips.</summary>
/// <param name="Ticks">Each timed round trip, one read of the clock included.</param>
/// <param name="MeanNanoseconds">Of the untimed ones.</param>
/// <param name="CrossingsPerRoundTrip">System calls of both sides, per round trip.</param>
internal sealed record RoundTrips(long[] Ticks, double MeanNanoseconds, double? CrossingsPerRoundTrip);
