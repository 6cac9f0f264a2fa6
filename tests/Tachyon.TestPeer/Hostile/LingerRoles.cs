using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A peer that sends a descriptor whose last close waits, and has closed its own: the process that drops it makes the last close. Reports
/// "sent", the error number of the send, and the port of the socket. The command "send" sends, "release" lets the close return.
/// </summary>
internal static class LingerRoles
{
    private static LingeringSocket? s_gift;
    private static Func<int>? s_send;

    /// <summary>A client.</summary>
    /// <param name="path">Path of the server.</param>
    /// <param name="way">Where the descriptor is sent; see the switch.</param>
    internal static async Task AttackAsync(string path, string way)
    {
        s_gift = new LingeringSocket();
        if (way == "doorbell")
        {
            var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
            s_send = () => SendThroughDoorbell(end.VictimDoorbell);
        }
        else
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new TachyonEndPoint(path).ToSocketAddress()).ConfigureAwait(false);
            s_send = way switch
            {
                "first-bytes" => () => Give(socket.SafeHandle, Bytes(MessageKind.Hello)),

                // The server refuses the first bytes and never reads the rest.
                "unread" => () =>
                {
                    socket.Send("no handshake"u8);
                    socket.Send(new byte[64]);
                    return Give(socket.SafeHandle, "x"u8);
                }
                ,
                _ => throw new ArgumentException($"Unknown way '{way}'."),
            };
        }

        ServerRoles.Report("ready");
    }

    /// <summary>A server.</summary>
    /// <param name="path">Where it listens.</param>
    /// <param name="way">Where the descriptor is sent: "doorbell" of a connection, or "reply" for the descriptors of a reply.</param>
    internal static void Lure(string path, string way)
    {
        s_gift = new LingeringSocket();
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        _ = Libc.ChangeMode(path, 0b110_110_110);
        listening.Listen();
        _ = AcceptAsync(listening, way);
        ServerRoles.Report("ready");
    }

    internal static void Run(string command)
    {
        switch (command)
        {
            case "send":
                Report(s_send!());
                break;
            case "release":
                s_gift!.Dispose();
                ServerRoles.Report("released");
                break;
        }
    }

    private static async Task AcceptAsync(Socket listening, string way)
    {
        if (way == "doorbell")
        {
            var end = await HostileEnd.AcceptAsync(listening, socketPairDoorbells: true).ConfigureAwait(false);
            s_send = () => SendThroughDoorbell(end.VictimDoorbell);
            ServerRoles.Report("connected");
            return;
        }

        var socket = await listening.AcceptAsync().ConfigureAwait(false);
        _ = await ControlSocket.ReceiveAsync(socket, [], default, default).ConfigureAwait(false);

        // The client closes what came with the reply when it has all of it.
        var reply = Bytes(MessageKind.Reply);
        var error = Give(socket.SafeHandle, reply.AsSpan(0, 1));
        socket.Send(reply.AsSpan(1));
        Report(error);
    }

    private static int SendThroughDoorbell(SafeFileHandle doorbell)
    {
        var error = Give(doorbell, "x"u8);

        // A doorbell is not read before some rings are in it.
        for (var i = 0; i < 16; i++)
        {
            Ring(doorbell);
        }

        return error;
    }

    private static unsafe void Ring(SafeFileHandle doorbell)
    {
        byte one = 1;
        _ = Libc.Send(doorbell, &one, 1, Libc.MsgDontWait | Libc.MsgNoSignal);
    }

    private static int Give(SafeHandle socket, ReadOnlySpan<byte> message)
    {
        var error = DescriptorSender.Send(socket, message, s_gift!.Handle);

        // Before the victim closes its own: this must not be the last close.
        s_gift.Handle.Dispose();
        return error;
    }

    private static void Report(int error) => ServerRoles.Report($"sent {error} {s_gift!.Port}");

    private static byte[] Bytes(MessageKind kind)
    {
        var bytes = new byte[HandshakeMessage.Size];
        HostileEnd.Message(kind, socketPairDoorbells: true).Write(bytes);
        return bytes;
    }
}
