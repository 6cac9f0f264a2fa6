namespace Tachyon.Perf.Baselines;

/// <summary>What is measured, and for how long.</summary>
internal sealed record BaselinesOptions
{
    /// <summary>Few samples and small volumes: a few seconds.</summary>
    internal static BaselinesOptions Quick { get; } = new()
    {
        // Enough that a time slice lost to another process does not change a round much; the slower paths stop at the time limit.
        Samples = 500_000,
        Rounds = 9,
        StreamBytes = 64 << 20,
        TimeLimit = TimeSpan.FromSeconds(1),
    };

    internal BaselinePaths Paths { get; init; } = BaselinePaths.All;

    /// <summary>Timed round trips of each path; a quarter as many follow without reading the clock, for the mean.</summary>
    internal int Samples { get; init; } = 1_000_000;

    /// <summary>Interleaved rounds of a comparison. Odd, so that one of them is the median.</summary>
    internal int Rounds { get; init; } = 11;

    /// <summary>Bytes per path, size of write and round.</summary>
    internal long StreamBytes { get; init; } = 512 << 20;

    /// <summary>A path stops after this time; two spinning sides on one core are slow.</summary>
    internal TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Receives the name of the current measurement.</summary>
    internal Action<string>? Progress { get; init; }
}

/// <summary>The measured ways from one process to another.</summary>
[Flags]
internal enum BaselinePaths
{
    None = 0,

    /// <summary>One system call and one read of the clock, for comparison.</summary>
    SystemCall = 1,
    Pipe = 2,
    UnixSocket = 4,
    Tcp = 8,

    /// <summary>The rings of the transport, both sides polling without a pause.</summary>
    Ring = 16,

    /// <summary>The same ring in C.</summary>
    RingInC = 32,

    /// <summary>A connection of the transport in mode Park.</summary>
    Parked = 64,

    All = SystemCall | Pipe | UnixSocket | Tcp | Ring | RingInC | Parked,
}
