using System.Net;
using System.Net.Sockets;

namespace Tachyon.Perf.Baselines;

/// <summary>Connected sockets between the two processes, in blocking mode: no asynchronous operation uses them.</summary>
internal static class SocketPairs
{
    private const int PollMicroseconds = 100_000;

    internal static Socket ListenUnix(string path) => Listen(
        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path));

    internal static Socket ListenTcp() => Listen(
        new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>The peer's connection; gives up when the peer is dead.</summary>
    internal static Socket Accept(Socket listening, PeerProcess peer)
    {
        while (!listening.Poll(PollMicroseconds, SelectMode.SelectRead))
        {
            if (peer.HasExited)
            {
                throw peer.Ended(null);
            }
        }

        var socket = listening.Accept();
        SetNoDelay(socket);
        return socket;
    }

    internal static Socket ConnectUnix(string path) => Connect(
        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path));

    internal static Socket ConnectTcp(int port) => Connect(
        new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.Loopback, port));

    private static Socket Listen(Socket socket, EndPoint endPoint)
    {
        socket.Bind(endPoint);
        socket.Listen(1);
        return socket;
    }

    private static Socket Connect(Socket socket, EndPoint endPoint)
    {
        socket.Connect(endPoint);
        SetNoDelay(socket);
        return socket;
    }

    private static void SetNoDelay(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.NoDelay = true;
        }
    }
}
