namespace Tachyon.Transport;

/// <summary>How a process waits for its peer.</summary>
public enum TachyonWaitMode
{
    /// <summary>
    /// The default. A connection at rest is parked and costs nothing; one that is active is polled from the thread pool for as long as
    /// its traffic makes that worth it, so that busy peers wake each other without system calls.
    /// </summary>
    Adaptive,

    /// <summary>Never polls: each wake-up of a sleeping side costs one system call. Least CPU time where calls are rare or cores are
    /// scarce.</summary>
    Park,

    /// <summary>
    /// One dedicated thread of the process polls all such connections all the time and never sleeps, so that the peer never makes a
    /// system call. It uses a whole core, always: only for machines with cores to spare.
    /// </summary>
    Spin,
}
