using System.Buffers.Binary;
using System.Net.Sockets;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>
/// A server of HTTP/2 that ends its first connection during the first call, with a GOAWAY that says that it has processed no call (RFC
/// 9113, section 6.8). It passes every further connection on to another server.
/// </summary>
internal sealed class LeavingServer : IAsyncDisposable
{
    private const int PrefaceLength = 24;
    private const int HeadLength = 9;
    private const byte Data = 0;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte EndStream = 1;

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _next;
    private readonly bool _awaitsEnd;
    private readonly Task _serving;

    /// <param name="path">Where it listens.</param>
    /// <param name="next">The socket of the other server.</param>
    /// <param name="awaitsEnd">Whether it leaves when the call has sent its last message; otherwise at the first.</param>
    internal LeavingServer(string path, string next, bool awaitsEnd)
    {
        _next = next;
        _awaitsEnd = awaitsEnd;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving.Within("the connections of the leaving server");
    }

    private static byte[] Frame(byte type, params byte[] payload) => [0, 0, (byte)payload.Length, type, 0, 0, 0, 0, 0, .. payload];

    private static async Task PassAsync(Stream from, Socket to)
    {
        try
        {
            await using var target = new NetworkStream(to);
            await from.CopyToAsync(target);
        }
        finally
        {
            // Also where the one side was reset: the other would wait for more.
            to.Close();
        }
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            for (var isFirst = true; ; isFirst = false)
            {
                var client = await _listener.AcceptAsync();
                connections.Add(UntilClosedAsync(isFirst ? LeaveAsync(client) : PassOnAsync(client)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    /// <summary>A client that has unread bytes when it closes resets the connection.</summary>
    private static async Task UntilClosedAsync(Task connection)
    {
        try
        {
            await connection;
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task LeaveAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        await stream.WriteAsync(Frame(Settings));
        await stream.ReadExactlyAsync(new byte[PrefaceLength]);
        var head = new byte[HeadLength];
        do
        {
            await stream.ReadExactlyAsync(head);
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8]);
        }
        while (head[3] != Data || (_awaitsEnd && (head[4] & EndStream) == 0));

        // The last stream that was processed: none. The error code: none.
        await stream.WriteAsync(Frame(GoAway, 0, 0, 0, 0, 0, 0, 0, 0));
        client.Shutdown(SocketShutdown.Send);
        await stream.CopyToAsync(Stream.Null);
    }

    private async Task PassOnAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await server.ConnectAsync(new UnixDomainSocketEndPoint(_next));
        await using var fromClient = new NetworkStream(client, ownsSocket: true);
        await using var fromServer = new NetworkStream(server);
        await Task.WhenAll(PassAsync(fromClient, server), PassAsync(fromServer, client));
    }
}
