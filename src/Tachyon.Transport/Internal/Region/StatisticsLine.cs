namespace Tachyon.Transport.Internal.Region;

/// <summary>
/// What one side publishes about itself in the shared region, for tools such as <c>tachyon top</c>. Copies: neither side reads them, so a
/// peer that writes here deceives only such tools. The default value publishes nothing.
/// </summary>
/// <remarks>
/// One store for each park, ring sent and ring received, beside which each is a system call. Two threads can count at the same moment, one
/// that reads and one that writes; then the older count can stay here until the next one.
/// </remarks>
internal readonly unsafe struct StatisticsLine(byte* line)
{
    private ref uint Mode => ref *(uint*)(line + RegionLayout.StatisticsMode);

    private ref uint ProcessId => ref *(uint*)(line + RegionLayout.StatisticsProcessId);

    private ref ulong Parks => ref *(ulong*)(line + RegionLayout.StatisticsParks);

    private ref ulong WakeUpsSent => ref *(ulong*)(line + RegionLayout.StatisticsWakeUpsSent);

    private ref ulong WakeUpsReceived => ref *(ulong*)(line + RegionLayout.StatisticsWakeUpsReceived);

    private ref ulong Started => ref *(ulong*)(line + RegionLayout.StatisticsStarted);

    /// <summary>Once, before the connection is used.</summary>
    /// <param name="mode">How this side waits.</param>
    /// <param name="processId">This process as it sees itself.</param>
    /// <param name="started">Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share (but for time namespaces).</param>
    internal void Identify(TachyonWaitMode mode, int processId, long started)
    {
        Volatile.Write(ref Started, (ulong)started);
        Volatile.Write(ref ProcessId, (uint)processId);

        // Last, so that a tool that reads in between finds no line rather than a wrong one. Nothing else relies on the order: the tool's
        // partner to this is a copy that the kernel makes of the page (HeaderReader in Tachyon.Tool), in no order that it promises.
        Volatile.Write(ref Mode, 1 + (uint)mode);
    }

    internal void SetParks(long count)
    {
        if (line != null)
        {
            Volatile.Write(ref Parks, (ulong)count);
        }
    }

    internal void SetWakeUpsSent(long count)
    {
        if (line != null)
        {
            Volatile.Write(ref WakeUpsSent, (ulong)count);
        }
    }

    internal void SetWakeUpsReceived(long count)
    {
        if (line != null)
        {
            Volatile.Write(ref WakeUpsReceived, (ulong)count);
        }
    }
}
