using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.Tool.Tests.Proxy.Support;

/// <summary>The target of a proxy, in the process of the test.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly Socket? _socket;
    private readonly TachyonListener? _listener;

    private WireServer(string address, Socket? socket, TachyonListener? listener)
    {
        Address = address;
        _socket = socket;
        _listener = listener;
    }

    internal string Address { get; }

    internal static WireServer Listen(string scheme, TempDirectory directory)
    {
        if (scheme == "tcp")
        {
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            tcp.Listen(512);
            return new WireServer($"tcp://127.0.0.1:{((IPEndPoint)tcp.LocalEndPoint!).Port}", tcp, null);
        }

        var path = directory.NewSocketPath();
        if (scheme == "tachyon")
        {
            return new WireServer($"tachyon://{path}", null, TachyonListener.Listen(path));
        }

        var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        unix.Bind(new UnixDomainSocketEndPoint(path));
        unix.Listen(512);
        return new WireServer($"unix://{path}", unix, null);
    }

    internal async Task<Wire> AcceptAsync()
        => _listener is null
            ? new Wire(await _socket!.AcceptAsync().Within("a connection from the proxy"))
            : new Wire((await _listener.AcceptAsync().Within("a connection from the proxy"))!);

    public async ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }
    }
}
