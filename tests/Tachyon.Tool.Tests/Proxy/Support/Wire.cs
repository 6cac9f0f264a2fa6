using System.Globalization;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.Tool.Tests.Proxy.Support;

/// <summary>A connection of a test with the proxy, over any of the transports.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly Socket? _socket;
    private readonly TachyonConnection? _connection;

    internal Wire(Socket socket)
    {
        _socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    internal Wire(TachyonConnection connection)
    {
        _connection = connection;
        Stream = connection.GetStream();
    }

    internal Stream Stream { get; }

    internal static async Task<Wire> ConnectAsync(string address)
    {
        if (address.StartsWith("tachyon:", StringComparison.Ordinal))
        {
            return new Wire(await TachyonConnection.ConnectAsync(PathOf(address)).Within());
        }

        var unix = address.StartsWith("unix:", StringComparison.Ordinal);
        var socket = unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (unix)
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(PathOf(address))).Within();
        }
        else
        {
            await socket.ConnectAsync("127.0.0.1", PortOf(address)).Within();
        }

        return new Wire(socket);
    }

    internal static string PathOf(string address)
        => address[address.IndexOf('/', StringComparison.Ordinal)..].Replace("//", "", StringComparison.Ordinal);

    internal static int PortOf(string address) => int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    internal void Finish()
    {
        _connection?.CompleteOutput();
        _socket?.Shutdown(SocketShutdown.Send);
    }

    internal void Reset()
    {
        _connection?.Abort();
        if (_socket is not null)
        {
            _socket.LingerState = new LingerOption(true, 0);
            _socket.Dispose();
        }
    }

    /// <summary>Sends the bytes and the end.</summary>
    internal async Task SendAsync(byte[] bytes)
    {
        await Stream.WriteAsync(bytes).Within("the sending of bytes");
        Finish();
    }

    /// <summary>All bytes up to the end.</summary>
    internal async Task<byte[]> ReceiveAsync()
    {
        using var memory = new MemoryStream();
        await Stream.CopyToAsync(memory).Within("the end of what comes");
        return memory.ToArray();
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
