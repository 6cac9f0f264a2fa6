namespace Tachyon.Perf.Floors;

/// <summary>What one turn of round trips gave.</summary>
/// <param name="Ticks">Each timed round trip, one look at the clock included.</param>
/// <param name="MeanNanoseconds">Of the untimed ones.</param>
/// <param name="CrossingsPerTrip">System calls of both sides, per round trip.</param>
internal sealed record Trips(long[] Ticks, double MeanNanoseconds, double? CrossingsPerTrip);
