using System.Net.Sockets;

namespace Tachyon.Benchmarks;

/// <summary>Both ends of one Unix socket connection in this process: what Tachyon is measured against.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket client, Socket server)
    {
        Client = new NetworkStream(client, ownsSocket: true);
        Server = new NetworkStream(server, ownsSocket: true);
    }

    internal NetworkStream Client { get; }

    internal NetworkStream Server { get; }

    internal static async Task<SocketPair> ConnectAsync()
    {
        var endPoint = new UnixDomainSocketEndPoint("\0" + SocketName.Next()[1..]);
        using var listening = NewSocket();
        listening.Bind(endPoint);
        listening.Listen();
        return await ConnectAsync(listening, endPoint);
    }

    internal static async Task<SocketPair> ConnectAsync(Socket listening, UnixDomainSocketEndPoint endPoint)
    {
        var client = NewSocket();
        await client.ConnectAsync(endPoint);
        return new SocketPair(client, await listening.AcceptAsync());
    }

    internal static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
