namespace Tachyon.Perf.Baselines;

/// <summary>The names of the rows.</summary>
internal static class PathNames
{
    internal const string Clock = "one read of the clock";
    internal const string SystemCall = "system call (getppid)";
    internal const string SystemCallWithTransition = "system call, plain P/Invoke";
    internal const string Pipe = "pipe pair";
    internal const string UnixSocket = "Unix stream socket";
    internal const string Tcp = "TCP loopback";
    internal const string Ring = "raw ring, spinning";
    internal const string RingInC = "the same ring in C";
    internal const string RingInCWithFences = "in C, with the fences";
    internal const string Parked = "ring connection, parked";
    internal const string MemoryCopy = "memory copy in cache";
}
