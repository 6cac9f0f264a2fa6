using Microsoft.Extensions.Logging;
using Tachyon.Transport;
using Tachyon.Transport.Internal;
using Connect = System.Func<System.Net.Http.SocketsHttpConnectionContext, System.Threading.CancellationToken, System.Threading.Tasks.ValueTask<System.IO.Stream>>;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>How the server of a channel is reached.</summary>
internal enum ChannelRoute
{
    /// <summary>Over shared memory; the path is that of the server's socket.</summary>
    SharedMemory,

    /// <summary>In plain HTTP/2 over the Unix socket at the path.</summary>
    UnixSocket,

    /// <summary>As GrpcChannel does without us: http, https, dns and what else it knows.</summary>
    Network,
}

/// <summary>What the address of a channel says: its scheme decides the route. The one place where every entry point reads it.</summary>
/// <param name="Route">How to get there.</param>
/// <param name="Target">The path (or <c>@name</c>) of a socket, or the address as it was.</param>
/// <param name="IsSecure">TLS over the socket, of a server that prints <c>https://tachyon:/run/app.sock</c>.</param>
internal readonly record struct ChannelAddress(ChannelRoute Route, string Target, bool IsSecure = false)
{
    /// <summary>What HTTP takes for the server. Kestrel rejects an authority that looks like a path; it has no other meaning here.</summary>
    internal string HttpAddress
        => Route == ChannelRoute.Network ? Target
            : IsSecure ? "https://localhost" : "http://localhost";

    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    internal static ChannelAddress Parse(string address)
        => SocketAddressText.Parse(address) is { } socket
            ? new ChannelAddress(
                socket.IsTachyon ? ChannelRoute.SharedMemory : ChannelRoute.UnixSocket,
                socket.Path,
                address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            : new ChannelAddress(ChannelRoute.Network, address);

    /// <summary>For entry points that have nothing but a handler: there the request names a server of the network.</summary>
    /// <exception cref="ArgumentException">The address is one of the network, or as with <see cref="Parse"/>.</exception>
    internal static ChannelAddress ParseSocket(string address)
    {
        ChannelAddress parsed = Parse(address);
        return parsed.Route != ChannelRoute.Network ? parsed : throw new ArgumentException(
            $"'{address}' is an address of the network: call UseTachyon for sockets only, or take TachyonChannel.ForAddress, which goes by the scheme.",
            nameof(address));
    }

    /// <summary>How a handler connects to the socket.</summary>
    /// <exception cref="PlatformNotSupportedException">Shared memory, and not on 64-bit Linux.</exception>
    internal Connect ConnectWith(TachyonClientOptions? options, ILoggerFactory? loggerFactory)
    {
        options ??= new TachyonClientOptions();
        string path = Target;
        if (Route == ChannelRoute.UnixSocket)
        {
            return (_, cancellationToken) => PlainSocket.ConnectAsync(path, options, cancellationToken);
        }

        TachyonPlatform.ThrowIfUnsupported();
        return new ConnectCallback(path, options, loggerFactory?.CreateLogger(ClientLog.Category)).ConnectAsync;
    }
}
