using Tachyon.Transport.Internal;

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

/// <summary>What the address of a channel says: its scheme decides the route.</summary>
/// <param name="Route">How to get there.</param>
/// <param name="Target">The path (or <c>@name</c>) of a socket, or the address as it was.</param>
internal readonly record struct ChannelAddress(ChannelRoute Route, string Target)
{
    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    internal static ChannelAddress Parse(string address)
        => SocketAddressText.Parse(address) is { } socket
            ? new ChannelAddress(socket.IsTachyon ? ChannelRoute.SharedMemory : ChannelRoute.UnixSocket, socket.Path)
            : new ChannelAddress(ChannelRoute.Network, address);
}
