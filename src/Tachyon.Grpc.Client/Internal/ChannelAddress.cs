using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>How the server of a channel is reached.</summary>
internal enum ChannelRoute
{
    /// <summary>Over shared memory; the path is that of the server's socket.</summary>
    SharedMemory,

    /// <summary>In plain HTTP/2 over the Unix socket at the path.</summary>
    UnixSocket,

    /// <summary>As GrpcChannel does by itself: http, https, dns and its other schemes.</summary>
    Network,
}

/// <summary>The address of a channel, whose scheme decides the route. Every entry point reads it here.</summary>
/// <param name="Route">How to get there.</param>
/// <param name="Target">The path (or <c>@name</c>) of a socket, or the address as it was.</param>
/// <param name="IsSecure">TLS over the socket, of a server that prints <c>https://tachyon:/run/app.sock</c>.</param>
/// <param name="IsDirect">In direct mode where the server allows it.</param>
internal readonly record struct ChannelAddress(ChannelRoute Route, string Target, bool IsSecure = false, bool IsDirect = false)
{
    private const string DirectScheme = "tachyon-direct:";

    /// <summary>The address for HTTP. Kestrel rejects an authority that looks like a path; on a socket the host has no other
    /// meaning.</summary>
    internal string HttpAddress
        => Route == ChannelRoute.Network ? Target
            : IsSecure ? "https://localhost" : "http://localhost";

    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    internal static ChannelAddress Parse(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return address.StartsWith(DirectScheme, StringComparison.OrdinalIgnoreCase)
            ? ParseTransport($"tachyon:{address.AsSpan(DirectScheme.Length)}") with { IsDirect = true }
            : ParseTransport(address);
    }

    private static ChannelAddress ParseTransport(string address)
        => TachyonAddress.Parse(address) is { } socket
            ? new ChannelAddress(
                socket.IsSharedMemory ? ChannelRoute.SharedMemory : ChannelRoute.UnixSocket,
                socket.Path,
                address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            : new ChannelAddress(ChannelRoute.Network, address);

    /// <summary>For entry points that have only a handler: there the request itself names a server of the network.</summary>
    /// <exception cref="ArgumentException">The address is one of the network, or as with <see cref="Parse"/>.</exception>
    internal static ChannelAddress ParseSocket(string address)
    {
        var parsed = Parse(address);
        return parsed.Route != ChannelRoute.Network ? parsed : throw new ArgumentException(
            $"'{address}' is an address of the network: call UseTachyon for sockets only, or call TachyonChannel.ForAddress, which chooses by the scheme.",
            nameof(address));
    }

    /// <summary>How a handler connects to the socket.</summary>
    internal ChannelConnector ConnectWith(TachyonChannelOptions? options, ILoggerFactory? loggerFactory)
    {
        options ??= new TachyonChannelOptions();
        var path = Target;
        if (Route == ChannelRoute.UnixSocket)
        {
            return new ChannelConnector((_, cancellationToken) => PlainSocket.ConnectAsync(path, options, cancellationToken));
        }

        var callback = new ConnectCallback(path, options, loggerFactory?.CreateLogger(ClientLog.Category));
        var wantsDirect = (IsDirect || options.Protocol != TachyonProtocol.Http2) && !IsSecure;
        return new ChannelConnector(callback.ConnectAsync, wantsDirect ? callback.ConnectDirectAsync : null);
    }
}
