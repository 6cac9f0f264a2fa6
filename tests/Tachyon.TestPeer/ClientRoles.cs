using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

internal static class ClientRoles
{
    private static readonly List<object> s_held = [];

    /// <summary>Reports the outcome; then holds the connection, or writes into it for ever ("source").</summary>
    internal static async Task ConnectAsync(string path, TachyonWaitMode mode, string behaviour)
    {
        try
        {
            TachyonConnection connection = await TachyonConnection
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
        for (int i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            s_held.Add(socket);
        }

        ServerRoles.Report("ready");
    }
}
