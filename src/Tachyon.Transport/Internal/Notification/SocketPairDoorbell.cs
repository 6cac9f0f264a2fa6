using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Notification;

/// <summary>
/// A doorbell between processes of different users: a pair of Unix sockets, one for the side that sleeps and one for the side that rings.
/// Each call states that it does not block (MSG_DONTWAIT, send(2)), which the peer cannot change.
/// </summary>
/// <param name="descriptor">The socket of this side.</param>
/// <param name="canPeerBlockDrain">
/// Of a doorbell that this side sleeps on: whether descriptors can come with a ring, or the peer made the sockets and can hold their locks.
/// </param>
internal sealed unsafe class SocketPairDoorbell(SafeFileHandle descriptor, bool canPeerBlockDrain) : Doorbell(descriptor)
{
    internal override bool IsBetweenUsers => true;

    internal override bool HasEventWhenWatched => false;

    internal override bool CanPeerBlockDrain => canPeerBlockDrain;

    internal static (SocketPairDoorbell Sleeper, SocketPairDoorbell Ringer) Create()
    {
        var fds = stackalloc int[2];
        if (Libc.SocketPair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, fds) != 0)
        {
            throw Errno.LastError("socketpair", "create the doorbell of a connection");
        }

        var sleeper = new SafeFileHandle(fds[0], ownsHandle: true);
        var ringer = new SafeFileHandle(fds[1], ownsHandle: true);
        var refusesDescriptors = PassRights.TryTurnOff(sleeper);

        // The side that rings never reads, so what the other side sent there would stay until the close, and be closed then. From now on a
        // send of the other side fails with EPIPE. This needs no new kernel, and cannot be undone.
        _ = Libc.Shutdown(ringer, Libc.ShutdownRead);
        return (
            new SocketPairDoorbell(sleeper, canPeerBlockDrain: !refusesDescriptors),
            new SocketPairDoorbell(ringer, canPeerBlockDrain: false));
    }

    /// <inheritdoc cref="Doorbell.Validate"/>
    internal static string? Validate(SafeFileHandle descriptor)
    {
        int domain;
        var length = sizeof(int);
        var isUnixSocket = Libc.GetSocketOption(descriptor, Libc.SolSocket, Libc.SoDomain, &domain, &length) == 0 && domain == Libc.AfUnix;
        return isUnixSocket ? null : "a Unix socket";
    }

    internal override void Drain()
    {
        const int Size = 256;
        var buffer = stackalloc byte[Size];

        // Bounded: more than fits at once comes from a peer that rings without need, and the rest of it only makes no further event.
        try
        {
            _ = Libc.Receive(Descriptor, buffer, Size, Libc.MsgDontWait);
        }
        catch (ObjectDisposedException)
        {
            // Closed after the reactor fetched the event: this side no longer waits for it.
        }
    }

    internal override bool IsNearlyFull()
    {
        // The smallest buffer of a socket has room for 4 rings (4,608 bytes; a ring takes 768 to 1,280 of them, depending on the kernel's
        // build).
        const int Many = 4;
        int bytes;
        try
        {
            return Libc.IoControl(Descriptor, Libc.FionRead, &bytes) != 0 || bytes >= Many;
        }
        catch (ObjectDisposedException)
        {
            // As in Drain.
            return false;
        }
    }

    private protected override void Signal()
    {
        // EAGAIN (a full buffer): the peer has rings that it has not drained yet, and will check its rings. EPIPE: it is gone.
        byte nothing = 0;
        _ = Libc.Send(Descriptor, &nothing, 1, Libc.MsgDontWait | Libc.MsgNoSignal);
    }
}
