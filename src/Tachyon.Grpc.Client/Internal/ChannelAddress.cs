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
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        foreach ((string scheme, ChannelRoute route) in (ReadOnlySpan<(string, ChannelRoute)>)
            [("tachyon:", ChannelRoute.SharedMemory), ("unix:", ChannelRoute.UnixSocket)])
        {
            if (address.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return new ChannelAddress(route, PathOf(address, scheme.Length));
            }
        }

        return new ChannelAddress(
            address.Contains("://", StringComparison.Ordinal) ? ChannelRoute.Network : ChannelRoute.SharedMemory, address);
    }

    private static string PathOf(string address, int start)
    {
        // "tachyon:///run/app.sock" with the empty authority of RFC 3986, or "tachyon:/run/app.sock" without; also "tachyon:@name".
        string path = address[start..];
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            path = path[2..];
            if (path.Length > 0 && path[0] is not ('/' or '@'))
            {
                throw new ArgumentException(
                    $"The address '{address}' names a host: a socket is on this machine, and its address has three slashes, as in {address[..start]}///{path}.",
                    nameof(address));
            }
        }

        return path.Length > 0 ? path : throw new ArgumentException(
            $"The address '{address}' has no path: it is as {address[..start]}///run/app.sock, or {address[..start]}@name in the abstract namespace.", nameof(address));
    }
}
