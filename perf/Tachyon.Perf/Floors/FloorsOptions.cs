namespace Tachyon.Perf.Floors;

/// <summary>What is measured, and for how long.</summary>
internal sealed record FloorsOptions
{
    /// <summary>What a first look needs: a few seconds.</summary>
    internal static FloorsOptions Quick { get; } = new()
    {
        // Enough for rounds that a time slice lost to somebody else does not spoil; the slower paths stop at the time limit.
        Samples = 500_000,
        Rounds = 9,
        StreamBytes = 64 << 20,
        TimeLimit = TimeSpan.FromSeconds(1),
    };

    internal FloorPaths Paths { get; init; } = FloorPaths.All;

    /// <summary>Timed round trips of each path; a quarter as many follow without a look at the clock, for the mean.</summary>
    internal int Samples { get; init; } = 1_000_000;

    /// <summary>Rounds in which the paths of a comparison take turns. Odd, so that one of them is the median.</summary>
    internal int Rounds { get; init; } = 11;

    /// <summary>Bytes per path, size of write and round.</summary>
    internal long StreamBytes { get; init; } = 512 << 20;

    /// <summary>After this a path is content with the round trips it has; two spinning sides on one core are slow.</summary>
    internal TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Told what is measured now.</summary>
    internal Action<string>? Progress { get; init; }
}
