using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Support;

/// <summary>A control socket in the hands of a peer that does what it likes.</summary>
internal sealed class RawSocket(Socket socket) : IDisposable
{
    internal static async Task<RawSocket> ConnectAsync(TachyonEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint.ToSocketAddress()).Within();
        return new RawSocket(socket);
    }

    /// <summary>A hello as an honest client sends it.</summary>
    internal static HandshakeMessage Hello { get; } = new(MessageKind.Hello, 1, 1, HandshakeStatus.Ok, 1, 0, 65_536, 65_536, 0, 0);

    /// <summary>A reply as an honest server sends it, with four descriptors.</summary>
    internal static HandshakeMessage Reply { get; } = new(MessageKind.Reply, 1, 1, HandshakeStatus.Ok, 0, 0, 65_536, 65_536, 1, 4);

    internal static HandshakeMessage Ready { get; } = new(MessageKind.Ready, 1, 1, HandshakeStatus.Ok, 0, 0, 0, 0, 0, 0);

    internal static byte[] Bytes(HandshakeMessage message)
    {
        var bytes = new byte[64];
        message.Write(bytes);
        return bytes;
    }

    internal Task SendAsync(HandshakeMessage message) => SendAsync(Bytes(message));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes)
        => Assert.Equal(bytes.Length, await socket.SendAsync(bytes).Within("a send of the raw socket"));

    /// <summary>Any number of descriptors: the library's own sender has room for the four that it needs.</summary>
    internal void Send(HandshakeMessage message, params SafeFileHandle[] descriptors)
        => Assert.True(TrySend(Bytes(message), descriptors));

    /// <returns>False when the other side has closed the socket.</returns>
    internal unsafe bool TrySend(ReadOnlySpan<byte> message, params SafeFileHandle[] descriptors)
    {
        var control = new byte[(sizeof(ControlMessageHeader) + (descriptors.Length * sizeof(int)) + 7) & ~7];
        var header = new ControlMessageHeader
        {
            Length = (nuint)(sizeof(ControlMessageHeader) + (descriptors.Length * sizeof(int))),
            Level = Libc.SolSocket,
            Type = Libc.ScmRights,
        };
        MemoryMarshal.Write(control, in header);
        for (var i = 0; i < descriptors.Length; i++)
        {
            var fd = (int)descriptors[i].DangerousGetHandle();
            MemoryMarshal.Write(control.AsSpan(sizeof(ControlMessageHeader) + (i * sizeof(int))), in fd);
        }

        fixed (byte* bytes = message)
        fixed (byte* controlBytes = control)
        {
            var vector = new IoVector { Base = bytes, Length = (nuint)message.Length };
            var parts = new MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = descriptors.Length == 0 ? null : controlBytes,
                ControlLength = descriptors.Length == 0 ? 0 : (nuint)control.Length,
            };
            return Libc.SendMsg(socket.SafeHandle, &parts, Libc.MsgNoSignal) == message.Length;
        }
    }

    /// <summary>Reads a message; descriptors that came with it are dropped by the kernel.</summary>
    internal async Task<HandshakeMessage> ReceiveAsync(MessageKind kind)
    {
        var bytes = new byte[64];
        for (var received = 0; received < bytes.Length;)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(received)).Within("a message of the handshake");
            Assert.True(count > 0, "The other side closed the socket instead.");
            received += count;
        }

        Assert.True(HandshakeMessage.TryRead(bytes, kind, out var message));
        return message;
    }

    /// <summary>Reads a reply and the descriptors that come with it, which are the caller's.</summary>
    internal async Task<(HandshakeMessage Reply, List<SafeFileHandle> Descriptors)> ReceiveWithDescriptorsAsync()
    {
        List<SafeFileHandle> descriptors = [];
        var bytes = await ControlSocket.ReceiveAsync(socket, descriptors, new ReceiveWait(TimeSpan.Zero), CancellationToken.None)
            .Within("a reply with descriptors");
        Assert.True(HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var reply));
        return (reply, descriptors);
    }

    /// <summary>Ends one direction.</summary>
    internal void Shutdown(SocketShutdown how) => socket.Shutdown(how);

    /// <summary>Reads whatever comes until there are as many bytes, or the end.</summary>
    internal async Task<byte[]> ReceiveAnyAsync(int count)
    {
        var bytes = new byte[count];
        var received = 0;
        try
        {
            while (received < count && await socket.ReceiveAsync(bytes.AsMemory(received)).Within("an answer or the end") is var more and > 0)
            {
                received += more;
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Closed with bytes of ours unread.
        }

        return bytes[..received];
    }

    /// <summary>The other side closes without a further byte.</summary>
    internal async Task AssertClosedAsync()
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within("the end of the socket"));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with bytes of ours unread.
        }
    }

    public void Dispose() => socket.Dispose();
}
