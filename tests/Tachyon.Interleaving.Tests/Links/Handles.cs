using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;
using Libc = Tachyon.Transport.Internal.Interop.Libc;

namespace Tachyon.Interleaving.Links;

/// <summary>The descriptors of a connection, as the handshake makes them.</summary>
internal static class Handles
{
    private const int DuplicateCloexec = 1030; // F_DUPFD_CLOEXEC

    /// <summary>A doorbell in two descriptors, as two processes have it: what one side sleeps on, and what the other rings.</summary>
    internal static (Doorbell Sleeper, Doorbell Ringer) CreateDoorbell(Execution run, bool betweenUsers = false)
    {
        (var sleeper, var ringer) = betweenUsers ? CreateSocketPair() : CreateEventFd();
        run.Owns(sleeper.Descriptor);
        run.Owns(ringer.Descriptor);
        return (sleeper, ringer);
    }

    internal static (Lifeline Server, Lifeline Client) CreateLifeline(Execution run)
    {
        (var server, var client) = Lifeline.Create();
        run.Owns(server.Descriptor);
        run.Owns(client.Descriptor);
        return (server, client);
    }

    private static (Doorbell Sleeper, Doorbell Ringer) CreateEventFd()
    {
        var doorbell = EventFdDoorbell.Create();
        var second = Libc.Fcntl(doorbell.Descriptor, DuplicateCloexec, 0);
        return second >= 0
            ? (doorbell, new EventFdDoorbell(new SafeFileHandle(second, ownsHandle: true)))
            : throw new IOException($"fcntl failed with {Marshal.GetLastPInvokeError()}");
    }

    // Not by SocketPairDoorbell.Create: whether a peer can block the drain must not depend on the kernel here.
    private static unsafe (Doorbell Sleeper, Doorbell Ringer) CreateSocketPair()
    {
        var sockets = stackalloc int[2];
        return Libc.SocketPair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, sockets) == 0
            ? (Socket(sockets[0]), Socket(sockets[1]))
            : throw new IOException($"socketpair failed with {Marshal.GetLastPInvokeError()}");
    }

    private static SocketPairDoorbell Socket(int descriptor)
        => new(new SafeFileHandle(descriptor, ownsHandle: true), canPeerBlockDrain: false);
}
