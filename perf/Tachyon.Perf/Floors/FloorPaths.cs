namespace Tachyon.Perf.Floors;

/// <summary>The ways from one process to another that are measured.</summary>
[Flags]
internal enum FloorPaths
{
    None = 0,

    /// <summary>Not a way, but its price: one system call, and one look at the clock.</summary>
    SystemCall = 1,
    Pipe = 2,
    UnixSocket = 4,
    Tcp = 8,

    /// <summary>The rings of the transport, both sides looking without a pause.</summary>
    Ring = 16,

    /// <summary>The same ring in C.</summary>
    RingInC = 32,

    /// <summary>A connection of the transport whose sides sleep.</summary>
    Parked = 64,

    All = SystemCall | Pipe | UnixSocket | Tcp | Ring | RingInC | Parked,
}
