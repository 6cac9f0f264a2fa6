using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Notification;

/// <summary>What wakes the peer. Rung only when the peer said in shared memory that it sleeps, and when this end closes.</summary>
/// <remarks>
/// Between processes of one user it is an eventfd. Whether a write to that waits is a flag of the open file (O_NONBLOCK, open(2)), which
/// both processes share, as they share the counter: a peer could clear the one and fill the other, and so stop every thread of ours that
/// rings. So a ring adds 0 to a counter that is 1 from the start: that wakes who watches it (edge-triggered), and write(2) can't fill the
/// counter so far that adding 0 waits.
/// <para>The kernel's own users of an eventfd can (io_submit(2)). Against a peer of the same user, which could stop us by a signal as
/// well, that is no defence worth having; one of another user must not come to it. So between users a doorbell is "guarded": a pair of
/// Unix sockets, where each single call says that it does not wait (MSG_DONTWAIT, send(2)), whatever the peer does.
/// docs/adr/0011-doorbells-between-users.md.</para>
/// </remarks>
internal sealed unsafe class Doorbell(SafeFileHandle descriptor, bool guarded = false, StatisticsLine statistics = default)
{
    private long _rung;

    /// <summary>How often it was rung: one system call each.</summary>
    internal long Rung => Volatile.Read(ref _rung);

    internal void Ring()
    {
        // Whoever rings has the region mapped: it has just written there why.
        statistics.SetWakeUpsSent(Interlocked.Increment(ref _rung));
        ulong nothing = 0;
        try
        {
            // EAGAIN (a full buffer) means that the peer has rings of ours that it has not heard yet: it will look. EPIPE means that it is
            // gone. Nothing else can fail here.
            _ = guarded
                ? Libc.Send(descriptor, &nothing, 1, Libc.MsgDontWait | Libc.MsgNoSignal)
                : Libc.Write(descriptor, &nothing, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread of this process: the closing itself is what the peer hears (its lifeline hangs up).
        }
    }

    /// <summary>
    /// Takes the rings out of a guarded doorbell that this end sleeps on, before it looks at the rings: one that comes later is a new
    /// event, and one that finds no room comes before this look. An eventfd needs no such thing (see <see cref="Reactor"/>).
    /// </summary>
    internal static void Drain(SafeFileHandle own)
    {
        const int Size = 256;
        byte* buffer = stackalloc byte[Size];

        // Bounded: more than fits at once is a peer that rings without need, and what is left of it only makes no further event.
        try
        {
            _ = Libc.Receive(own, buffer, Size, Libc.MsgDontWait);
        }
        catch (ObjectDisposedException)
        {
            // Closed after the reactor fetched the event: this end listens no more.
        }
    }

    /// <summary>
    /// Whether a guarded doorbell must be drained before it is full: a ring that finds no room makes no event. Unlike <see cref="Drain"/> this takes
    /// no lock that a peer can hold, and closes no descriptor that came with a ring.
    /// </summary>
    internal static bool IsFilling(SafeFileHandle own)
    {
        // The smallest buffer of a socket has room for 4 rings of our own Ring (4,608 bytes; a ring takes up 768 to 1,280 of them, as the kernel was built).
        const int Many = 4;
        int bytes;
        try
        {
            return Libc.IoControl(own, Libc.FionRead, &bytes) != 0 || bytes >= Many;
        }
        catch (ObjectDisposedException)
        {
            // As in Drain.
            return false;
        }
    }

    internal void Close() => descriptor.Dispose();
}
