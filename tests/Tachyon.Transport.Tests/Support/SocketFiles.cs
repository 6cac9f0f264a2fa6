using System.Net.Sockets;

namespace Tachyon.Transport.Tests.Support;

internal static class SocketFiles
{
    /// <summary>Leaves the socket file of a server that was killed.</summary>
    internal static void LeaveAt(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".x"));

        // Away from where the runtime would delete it.
        File.Move(path + ".x", path);
    }
}
