using System.Text.Json.Serialization;

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

/// <summary>A ratio, and its extremes over the rounds.</summary>
internal sealed record Spread(double Median, double Lowest, double Highest)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }
}

/// <summary>The names of the rows, for those who look one up.</summary>
internal static class FloorNames
{
    internal const string Clock = "one look at the clock";
    internal const string SystemCall = "system call (getppid)";
    internal const string SystemCallWithTransition = "system call, ordinary P/Invoke";
    internal const string Pipe = "pipe pair";
    internal const string UnixSocket = "Unix stream socket";
    internal const string Tcp = "TCP loopback";
    internal const string Ring = "raw ring, spinning";
    internal const string RingInC = "the same ring in C";
    internal const string RingInCWithFences = "in C, with the fences";
    internal const string Parked = "ring connection, parked";
    internal const string MemoryCopy = "memory copy in cache";
}
