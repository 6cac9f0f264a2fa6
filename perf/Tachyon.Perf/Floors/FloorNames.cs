namespace Tachyon.Perf.Floors;

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
