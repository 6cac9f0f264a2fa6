using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Notification;

/// <summary>
/// This process's descriptor of a doorbell. A side sleeps on its own doorbell, and rings that of its peer: when the peer announced in
/// shared memory that it sleeps, and when this side closes a half of the connection.
/// </summary>
/// <remarks>
/// Between processes of one user it is an <see cref="EventFdDoorbell"/>, between users a <see cref="SocketPairDoorbell"/>, on which the
/// peer cannot block this process: docs/adr/0011-doorbells-between-users.md.
/// </remarks>
internal abstract class Doorbell : IDisposable
{
    private StatisticsLine _statistics;
    private long _rung;

    protected Doorbell(SafeFileHandle descriptor) => Descriptor = descriptor;

    internal SafeFileHandle Descriptor { get; }

    /// <summary>How often it was rung: one system call each.</summary>
    internal long Rung => Volatile.Read(ref _rung);

    /// <summary>
    /// Whether the peer can have another user. Then a system call on a descriptor of the connection that the peer can block runs on the
    /// thread for peers of that user.
    /// </summary>
    internal abstract bool IsBetweenUsers { get; }

    /// <summary>Whether a doorbell makes one event by being watched, without a ring.</summary>
    internal abstract bool HasEventWhenWatched { get; }

    /// <summary>Whether <see cref="Drain"/> can wait for the peer.</summary>
    internal abstract bool CanPeerBlockDrain { get; }

    /// <summary>Makes a doorbell.</summary>
    /// <returns>What one side sleeps on and what the other side rings: one object twice where both use the same descriptor.</returns>
    /// <exception cref="IOException">Out of descriptors or memory.</exception>
    internal static (Doorbell Sleeper, Doorbell Ringer) Create(bool betweenUsers)
    {
        if (betweenUsers)
        {
            return SocketPairDoorbell.Create();
        }

        var both = EventFdDoorbell.Create();
        return (both, both);
    }

    /// <summary>A doorbell that the peer made. Its descriptor has passed <see cref="Validate"/>.</summary>
    internal static Doorbell Receive(SafeFileHandle descriptor, bool betweenUsers)
        => betweenUsers ? new SocketPairDoorbell(descriptor, canPeerBlockDrain: true) : new EventFdDoorbell(descriptor);

    /// <summary>Returns what a descriptor from the peer is not, such as "an eventfd"; null when it is a doorbell of that kind.</summary>
    internal static string? Validate(SafeFileHandle descriptor, bool betweenUsers)
        => betweenUsers ? SocketPairDoorbell.Validate(descriptor) : EventFdDoorbell.Validate(descriptor);

    /// <summary>Publishes the count of rings there from now on. Before the first ring.</summary>
    internal void CountRingsIn(StatisticsLine statistics) => _statistics = statistics;

    /// <summary>Wakes the other side. The caller has the region mapped: it has just written the reason there.</summary>
    internal void Ring()
    {
        _statistics.SetWakeUpsSent(Interlocked.Increment(ref _rung));
        try
        {
            Signal();
        }
        catch (ObjectDisposedException)
        {
            // Another thread of this process closed it: the peer sees the close itself (its lifeline hangs up).
        }
    }

    /// <summary>As <see cref="Ring"/>, by a caller that has just ended its use of the region: the ring is not counted there.</summary>
    internal void RingAfterUse() => Signal();

    /// <summary>
    /// Removes the rings from the doorbell that this side sleeps on, before it checks the shared memory: a later ring is a new event, and a
    /// ring that finds no room comes before that check.
    /// </summary>
    internal abstract void Drain();

    /// <summary>
    /// Whether the doorbell must be drained before it is full, since a ring that finds no room makes no event. Unlike <see cref="Drain"/>
    /// this takes no lock that the peer can hold, and closes no descriptor that came with a ring.
    /// </summary>
    internal abstract bool IsNearlyFull();

    public void Dispose() => Descriptor.Dispose();

    /// <summary>The system call of a ring. It never blocks, and its errors need no action.</summary>
    private protected abstract void Signal();
}
