using System.Net.Sockets;

namespace Tachyon.Interop.Tests.Support;

/// <summary>A Unix socket as any client has it.</summary>
internal static class PlainSocket
{
    public static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
