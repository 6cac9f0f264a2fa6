using System.Diagnostics;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// What the reactor, the poller and the spin thread need of a connection: its region, its two waits, and whether the waits are polled.
/// </summary>
/// <remarks>
/// Only the events of the reactor are virtual: beside each of them is a system call. A pass of the poller makes no virtual call here.
/// </remarks>
internal abstract class WatchedConnection
{
    private bool _polled;
    private bool _allowInline;
    private int _halvesOpen = 2;
    private long _parks;

    private protected WatchedConnection(SharedRegion region, StatisticsLine statistics)
    {
        Region = region;
        Statistics = statistics;
    }

    /// <summary>Mapped while it is referenced: each thread that works on the connection takes a reference first.</summary>
    internal SharedRegion Region { get; }

    internal PollState PollState { get; } = new();

    /// <summary>Whether the poller may run continuations of waits itself. True only for owners that never run user code inline.</summary>
    /// <remarks>
    /// Set by the owner, read by the thread that polls: a stale value runs one continuation in the other way, which is correct too.
    /// </remarks>
    internal bool AllowInline
    {
        get => Volatile.Read(ref _allowInline);
        set => Volatile.Write(ref _allowInline, value);
    }

    /// <summary>The poller or the spin thread checks the waits all the time, so they need no arming.</summary>
    internal bool IsPolled => Volatile.Read(ref _polled);

    /// <summary>Both halves are closed.</summary>
    internal bool IsClosed => Volatile.Read(ref _halvesOpen) == 0;

    internal long Parks => Volatile.Read(ref _parks);

    private protected StatisticsLine Statistics { get; }

    // Set by the constructor of the derived class: the waits refer to this object.
    private protected Waiter DataWait { get; init; } = null!;

    private protected Waiter SpaceWait { get; init; } = null!;

    /// <summary>The doorbell rang. With the region referenced.</summary>
    /// <param name="inPool">A thread of the pool waits in place of the reactor thread: it may run continuations.</param>
    internal abstract void OnDoorbell(bool inPool);

    /// <summary>The lifeline hung up. The region may have no reference any more.</summary>
    internal abstract void OnHangUp();

    /// <summary>An event after the last use of the region in this process.</summary>
    internal abstract void OnEventAfterUse();

    /// <summary>The lifeline hung up. With the region referenced.</summary>
    internal abstract void OnPeerGone();

    /// <summary>
    /// Fails both directions with <paramref name="reason"/> (the first reason stays) and resets the peer. Never blocks; idempotent.
    /// </summary>
    internal abstract void Fail(Exception reason);

    /// <summary>From now on a thread polls the waits. Called before that thread sees this connection.</summary>
    internal void EnterPollMode() => Volatile.Write(ref _polled, true);

    /// <summary>
    /// From now on no thread polls the waits: those that have begun are armed. Called by the thread that removed the connection from the
    /// poll set.
    /// </summary>
    internal void LeavePollMode()
    {
        Volatile.Write(ref _polled, false);

        // Full fence, partner of Waiter.Begin (phase = waiting; fence; read polled): either the sleeper sees that no thread polls and arms
        // itself, or we see that it waits and arm for it. Both may happen, which is harmless.
        Interlocked.MemoryBarrier();
        DataWait.ArmAndRecheck();
        SpaceWait.ArmAndRecheck();
    }

    /// <summary>Checks both waits once. Poller or spin thread, with the region referenced.</summary>
    /// <returns>True when a wait was completed.</returns>
    internal bool Poll()
    {
        Debug.Assert(Region.IsReferenced, "The region must be referenced while it is polled.");
        var inline = AllowInline;
        var progress = DataWait.TryComplete(inline);
        return SpaceWait.TryComplete(inline) || progress;
    }

    /// <summary>An owner begins to sleep while no thread polls.</summary>
    internal void CountPark() => Statistics.SetParks(Interlocked.Increment(ref _parks));

    private protected void CompleteOrArm(bool inPool = false)
    {
        var inline = inPool && AllowInline;
        if (!DataWait.TryComplete(inline))
        {
            DataWait.ArmAndRecheck();
        }

        if (!SpaceWait.TryComplete(inline))
        {
            SpaceWait.ArmAndRecheck();
        }
    }

    /// <summary>Completes the waits that end because of a failure or of a dead peer, which the caller has stored before.</summary>
    private protected void CompleteWaits()
    {
        // Full fence, partner of Waiter.Begin: either the sleeper sees the failure or the dead peer, or we see that it waits.
        Interlocked.MemoryBarrier();
        DataWait.TryComplete(inline: false);
        SpaceWait.TryComplete(inline: false);
    }

    /// <summary>Once for each half.</summary>
    /// <returns>True for the second half.</returns>
    private protected bool CloseHalf()
    {
        var open = Interlocked.Decrement(ref _halvesOpen);
        Debug.Assert(open >= 0, "Each half is closed once.");
        return open == 0;
    }
}
