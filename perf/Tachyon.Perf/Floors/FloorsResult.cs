using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Floors;

/// <summary>All that was measured.</summary>
internal sealed record FloorsResult(
    IReadOnlyList<LatencyRow> Latencies,
    IReadOnlyList<StreamRow> Streams,
    RingComparison? RingAgainstC,
    Spread? RingStreamAgainstUnixSocket);

/// <summary>The round trips of one path.</summary>
/// <param name="Name">The path; see <see cref="FloorNames"/>.</param>
/// <param name="Latency">Null when it could not be measured; <paramref name="Note"/> says why.</param>
/// <param name="CrossingsPerTrip">System calls of both sides; null where nothing crosses by nature or nobody counts.</param>
/// <param name="Note">What must be known to read the row.</param>
internal sealed record LatencyRow(string Name, Latency? Latency, double? CrossingsPerTrip, string Note);

/// <summary>One direction at full speed.</summary>
/// <param name="GigabytesPerSecond">Median of the rounds; 10^9 bytes.</param>
internal sealed record StreamRow(string Name, int WriteSize, double GigabytesPerSecond, double Lowest, double Highest);

/// <summary>The ring in C# divided by the ring in C: medians over rounds that took turns.</summary>
internal sealed record RingComparison(Spread P50, Spread Mean);
