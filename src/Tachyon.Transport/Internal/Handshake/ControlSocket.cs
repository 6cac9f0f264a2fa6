using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The control plane: messages of the handshake over a connected Unix socket, and descriptors with them (SCM_RIGHTS, unix(7)).
/// </summary>
internal static class ControlSocket
{
    // Room for more descriptors than are ever expected: the error for a peer that sends too many names that, and all of them are closed.
    private const int MaxDescriptors = 32;
    private const int ControlBytes = 16 + (MaxDescriptors * sizeof(int));

    /// <summary>
    /// How long to poll for a message that the peer is preparing: it takes about so long, and to sleep meanwhile costs two hand-overs
    /// between threads, which is as much. Not for the first message, for which any client could make us wait.
    /// </summary>
    internal static readonly TimeSpan PollBeforeWait = TimeSpan.FromMicroseconds(50);

    internal static async Task SendAsync(Socket socket, HandshakeMessage message, CancellationToken cancellationToken)
    {
        var bytes = new byte[HandshakeMessage.Size];
        message.Write(bytes);
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a message and descriptors in one piece. The socket's buffer is empty at that point, so it does not wait.</summary>
    internal static unsafe void SendWithDescriptors(Socket socket, HandshakeMessage message, ReadOnlySpan<SafeFileHandle> descriptors)
    {
        var bytes = stackalloc byte[HandshakeMessage.Size];
        message.Write(new Span<byte>(bytes, HandshakeMessage.Size));
        var control = stackalloc byte[ControlBytes];
        new Span<byte>(control, ControlBytes).Clear();

        var header = (ControlMessageHeader*)control;
        header->Length = (nuint)(sizeof(ControlMessageHeader) + (descriptors.Length * sizeof(int)));
        header->Level = Libc.SolSocket;
        header->Type = Libc.ScmRights;
        var held = 0;
        try
        {
            for (; held < descriptors.Length; held++)
            {
                var added = false;
                descriptors[held].DangerousAddRef(ref added);
                ((int*)(header + 1))[held] = (int)descriptors[held].DangerousGetHandle();
            }

            var vector = new IoVector { Base = bytes, Length = HandshakeMessage.Size };
            var message2 = new MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = (header->Length + 7) & ~(nuint)7,
            };
            var sent = Libc.SendMsg(socket.SafeHandle, &message2, Libc.MsgDontWait | Libc.MsgNoSignal);
            if (sent != HandshakeMessage.Size)
            {
                throw sent < 0
                    ? Errno.LastError("sendmsg", "send the descriptors of a connection")
                    : new IOException("Cannot send the descriptors of a connection: the message was cut.");
            }
        }
        finally
        {
            while (held > 0)
            {
                descriptors[--held].DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Reads one message; descriptors that come with it are added to <paramref name="descriptors"/>, and are the caller's to close
    /// whatever happens. Where none are expected they are not received: the close of one can block (<see cref="UnwantedDescriptors"/>).
    /// </summary>
    /// <param name="socket">The connected socket.</param>
    /// <param name="descriptors">Gets the descriptors; null where none are expected.</param>
    /// <param name="wait">How to wait for the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EndOfStreamException">The peer closed the socket first.</exception>
    /// <exception cref="NotTachyonException">The first bytes are not our magic.</exception>
    /// <exception cref="DescriptorsCutException">This process had no room for all descriptors.</exception>
    /// <exception cref="InvalidDataException">Descriptors came where none are expected, or far too many.</exception>
    internal static async Task<byte[]> ReceiveAsync(
        Socket socket,
        List<SafeFileHandle>? descriptors,
        ReceiveWait wait,
        CancellationToken cancellationToken)
    {
        var bytes = new byte[HandshakeMessage.Size];
        var received = 0;
        while (received < bytes.Length)
        {
            var count = await ReceiveSomeAsync(
                socket, bytes.AsMemory(received), descriptors, wait, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw new EndOfStreamException("The peer closed the control socket during the handshake.");
            }

            received += count;

            // As soon as four bytes are here: another protocol may never send 64.
            if (received >= sizeof(uint) && !HandshakeMessage.HasMagic(bytes))
            {
                throw new NotTachyonException();
            }
        }

        return bytes;
    }

    private static async ValueTask<int> ReceiveSomeAsync(
        Socket socket,
        Memory<byte> into,
        List<SafeFileHandle>? descriptors,
        ReceiveWait wait,
        CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (wait.PeerThread is null)
        {
            if (TryReceive(socket, into.Span, descriptors) is { } count)
            {
                return count;
            }

            if (Stopwatch.GetElapsedTime(start) >= wait.PollBefore)
            {
                break;
            }

            Thread.Yield();
        }

        // Peek to wait: recvmsg takes the descriptors, and .NET's sockets can't.
        while (true)
        {
            await (wait.Readable?.Invoke()
                ?? socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken).AsTask())
                .ConfigureAwait(false);
            var received = wait.PeerThread is { } user
                ? await PeerThread.RunAsync(
                    user, () => TryReceive(socket, into.Span, descriptors)).WaitAsync(cancellationToken).ConfigureAwait(false)
                : TryReceive(socket, into.Span, descriptors);
            if (received is { } count)
            {
                return count;
            }
        }
    }

    /// <summary>Reads bytes without taking them. Does not wait.</summary>
    /// <returns>The number of bytes, 0 at the end, null when nothing is there yet.</returns>
    internal static unsafe int? TryPeek(Socket socket, Span<byte> into)
    {
        fixed (byte* bytes = into)
        {
            var received = Libc.Receive(socket.SafeHandle, bytes, (nuint)into.Length, Libc.MsgPeek | Libc.MsgDontWait);
            return received >= 0 ? (int)received
                : Marshal.GetLastPInvokeError() switch
                {
                    Errno.EAGAIN => null,
                    Errno.ECONNRESET => 0,
                    _ => throw Errno.LastError("recv", "receive a message of the handshake"),
                };
        }
    }

    /// <summary>Whether the peer has still to read what was sent to it: SIOCOUTQ counts that for a Unix socket.</summary>
    internal static unsafe bool HasUnreadBytes(Socket socket)
    {
        int unread;
        return Libc.IoControl(socket.SafeHandle, Libc.SiocOutQ, &unread) == 0
            ? unread > 0
            : throw Errno.LastError("ioctl", "find out whether the client has read the reply");
    }

    /// <returns>The number of bytes, 0 at the end, null when nothing is there yet.</returns>
    private static unsafe int? TryReceive(Socket socket, Span<byte> into, List<SafeFileHandle>? descriptors)
    {
        var control = stackalloc byte[ControlBytes];
        fixed (byte* bytes = into)
        {
            var vector = new IoVector { Base = bytes, Length = (nuint)into.Length };
            var message = new MessageHeader
            { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = descriptors is null ? 0u : ControlBytes };

            // Unwanted descriptors stay in the queue of the socket: the receive would close them.
            var flags = Libc.MsgDontWait | (descriptors is null ? Libc.MsgPeek : Libc.MsgCmsgCloexec);
            var received = Libc.RecvMsg(socket.SafeHandle, &message, flags);
            if (received < 0 && Marshal.GetLastPInvokeError() == Errno.EAGAIN)
            {
                return null;
            }

            if (received < 0 && Marshal.GetLastPInvokeError() == Errno.ECONNRESET)
            {
                // Closed before it read our bytes: the same as closed.
                return 0;
            }

            if (received < 0)
            {
                throw Errno.LastError("recvmsg", "receive a message of the handshake");
            }

            if (descriptors is not null)
            {
                TakeDescriptors(control, message.ControlLength, descriptors);
            }

            if ((message.Flags & Libc.MsgCtrunc) != 0)
            {
                throw descriptors is null ? new InvalidDataException("The peer sent descriptors where none are due.")
                    : descriptors.Count > Descriptors.Count ? new InvalidDataException("The peer sent more descriptors than the protocol allows.")
                    : new DescriptorsCutException($"This process has no room for the descriptors of a connection.{Errno.Hint(Errno.EMFILE)}");
            }

            // The bytes that were peeked came without descriptors, and no other thread receives from this socket.
            return descriptors is null && received > 0
                ? (int)Libc.Receive(socket.SafeHandle, bytes, (nuint)received, Libc.MsgDontWait)
                : (int)received;
        }
    }

    private static unsafe void TakeDescriptors(byte* control, nuint length, List<SafeFileHandle> descriptors)
    {
        var headerSize = (nuint)sizeof(ControlMessageHeader);
        for (nuint at = 0; at + headerSize <= length;)
        {
            var header = (ControlMessageHeader*)(control + at);
            if (header->Length < headerSize || header->Length > length - at)
            {
                return;
            }

            if (header->Level == Libc.SolSocket && header->Type == Libc.ScmRights)
            {
                var count = (header->Length - headerSize) / sizeof(int);
                for (nuint i = 0; i < count; i++)
                {
                    descriptors.Add(new SafeFileHandle(((int*)(header + 1))[i], ownsHandle: true));
                }
            }

            at += (header->Length + 7) & ~(nuint)7;
        }
    }

    /// <summary>The peer, by SO_PEERCRED: <c>struct ucred { pid_t; uid_t; gid_t; }</c> (unix(7)).</summary>
    internal static TachyonPeer GetPeer(Socket socket)
    {
        Span<int> credentials = stackalloc int[3];
        var length = socket.GetRawSocketOption(Libc.SolSocket, Libc.SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return length == 3 * sizeof(int)
            ? new TachyonPeer(credentials[0], (uint)credentials[1], (uint)credentials[2])
            : throw new IOException("The kernel did not say who connected (SO_PEERCRED).");
    }

    /// <summary>The supplementary groups of the peer, by SO_PEERGROUPS (Linux 4.13).</summary>
    internal static uint[] GetPeerGroups(Socket socket)
    {
        // NGROUPS_MAX is 65,536; few users have more than some dozens, and for those the call fails with ERANGE.
        foreach (var capacity in (ReadOnlySpan<int>)[64, 65_536])
        {
            var groups = new uint[capacity];
            try
            {
                var bytes = socket.GetRawSocketOption(Libc.SolSocket, Libc.SoPeerGroups, MemoryMarshal.AsBytes(groups.AsSpan()));
                return groups[..(bytes / sizeof(uint))];
            }
            catch (SocketException) when (capacity < 65_536)
            {
                // Too small: ask again with room for all.
            }
            catch (SocketException)
            {
                return [];
            }
        }

        return [];
    }
}

/// <summary>Not all descriptors of a message arrived.</summary>
internal sealed class DescriptorsCutException(string message) : IOException(message);

/// <summary>The peer's first bytes are not the magic of the handshake.</summary>
internal sealed class NotTachyonException() : IOException("The peer does not speak the Tachyon handshake.");

/// <summary>How to wait for a message of the handshake.</summary>
/// <param name="PollBefore">How long to poll before sleeping.</param>
/// <param name="Readable">Sleeps until the socket is readable; null: with the thread pool.</param>
/// <param name="PeerThread">
/// The user on whose <see cref="Waiting.PeerThread"/> descriptors are received: the receive closes those for which there is no room. Null:
/// the caller receives.
/// </param>
internal readonly record struct ReceiveWait(TimeSpan PollBefore, Func<Task>? Readable = null, uint? PeerThread = null);
