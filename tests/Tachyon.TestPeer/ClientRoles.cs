using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.TestPeer;

internal static class ClientRoles
{
    private static readonly List<object> s_held = [];

    /// <summary>Reports the outcome; then holds the connection, or writes into it for ever ("source").</summary>
    internal static async Task ConnectAsync(string path, TachyonWaitMode mode, string behaviour)
    {
        try
        {
            var connection = await TachyonConnection
                .ConnectAsync(path, new TachyonClientOptions { WaitMode = mode, SendRingSize = 65536, ReceiveRingSize = 65536 })
                .ConfigureAwait(false);
            s_held.Add(connection);
            ServerRoles.Report($"connected to {connection.Peer.ProcessId}");
            if (behaviour == "source")
            {
                _ = Traffic.SendAsync(connection.Output, long.MaxValue, seed: 1);
            }
        }
        catch (TachyonConnectException exception)
        {
            ServerRoles.Report($"error {exception.Error}: {exception.Message}");
        }
    }

    /// <summary>Says hello with bare hands, and what came back: the status, and how many descriptors with it.</summary>
    internal static async Task SayHelloAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
        try
        {
            await ControlSocket.SendAsync(
                socket,
                new HandshakeMessage(MessageKind.Hello, 1, 1, HandshakeStatus.Ok, HandshakeMessage.KnownFeatures, 0, 65_536, 65_536, 0, 0),
                default).ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            // Refused before it has spoken: the reply is there.
        }

        List<SafeFileHandle> descriptors = [];
        var bytes = await ControlSocket.ReceiveAsync(socket, descriptors, default, default).ConfigureAwait(false);
        _ = HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var reply);

        // Also what came later, up to the end.
        try
        {
            _ = await ControlSocket.ReceiveAsync(socket, descriptors, default, default).ConfigureAwait(false);
        }
        catch (EndOfStreamException)
        {
            ServerRoles.Report($"{reply.Status} with {descriptors.Count} descriptors");
        }
    }

    internal static void SendHalfHello(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        socket.Send("TACH\u0001\0\u0040\0"u8);
        s_held.Add(socket);
        ServerRoles.Report("ready");
    }

    /// <summary>Connects, and never says a word.</summary>
    internal static void StaySilent(string path, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            s_held.Add(socket);
        }

        ServerRoles.Report("ready");
    }
}
