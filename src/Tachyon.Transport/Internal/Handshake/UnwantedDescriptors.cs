using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// Descriptors that a peer sends where none are expected. Their last close can block for as long as the peer likes (SO_LINGER, a file
/// system in FUSE). The thread that receives them, or that closes the socket in which they lie, makes it: for a peer of another user that
/// is <see cref="PeerThread"/>. docs/adr/0018-no-descriptors-from-clients.md.
/// </summary>
internal static unsafe class UnwantedDescriptors
{
    /// <summary>Closes a control socket whose peer is not known; it may not be connected. Never waits for a peer of another user.</summary>
    internal static void Close(Socket socket)
    {
        if (!TachyonPlatform.IsSupported)
        {
            // The calls below are those of Linux.
            socket.Dispose();
            return;
        }

        try
        {
            var peer = ControlSocket.GetPeer(socket);
            Close(socket, peer, peer.IsOwnUser);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }

    /// <summary>Closes a connected control socket. Never waits for a peer of another user. Idempotent.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="isOwnUser">Whether the peer has the user of this process.</param>
    internal static void Close(Socket socket, TachyonPeer peer, bool isOwnUser)
    {
        if (isOwnUser || socket.SafeHandle.IsClosed || !MayContain(socket.SafeHandle))
        {
            socket.Dispose();
        }
        else
        {
            PeerThread.Run(peer.UserId, socket.Dispose);
        }
    }

    private static bool MayContain(SafeHandle socket)
    {
        const int Size = 1024;
        var bytes = stackalloc byte[Size];
        var vector = new IoVector { Base = bytes, Length = Size };
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1 };

        // First, so that nothing comes after the peek, which ends at the first descriptors.
        _ = Libc.Shutdown(socket, Libc.ShutdownRead);
        var peeked = Libc.RecvMsg(socket, &message, Libc.MsgPeek | Libc.MsgDontWait);
        return peeked == Size || (message.Flags & Libc.MsgCtrunc) != 0;
    }
}
