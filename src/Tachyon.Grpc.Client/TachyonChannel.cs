using Grpc.Net.Client;
using Tachyon.Grpc.Client.Internal;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client;

/// <summary>Makes gRPC channels to servers on this machine and, with the same call, to servers on the network.</summary>
public static class TachyonChannel
{
    /// <summary>
    /// A channel to <paramref name="address"/>. The scheme of the address decides the transport, so a service can move by a change of
    /// configuration. The channel connects with its first call.
    /// <list type="bullet">
    /// <item><c>tachyon:///run/app.sock</c>, or just <c>/run/app.sock</c>: over shared memory, to the server whose socket is at that
    /// path.</item>
    /// <item><c>tachyon-direct:///run/app.sock</c>: the same, in direct mode where the server allows it, as with
    /// <see cref="TachyonProtocol.PreferDirect"/>.</item>
    /// <item><c>unix:///run/app.sock</c>: plain HTTP/2 over the Unix socket.</item>
    /// <item><c>http://host:port</c>, <c>https://host:port</c>, and every other address that <see cref="GrpcChannel"/> takes: gRPC over the
    /// network;
    /// <paramref name="options"/> is not used.</item>
    /// </list>
    /// <c>tachyon:@name</c>, <c>@name</c> and <c>unix:@name</c> are sockets of the abstract namespace (unix(7)). The address that a server
    /// prints (<c>http://unix:/run/app.sock?tachyon</c>, the same with <c>https</c>) is read as well.
    /// </summary>
    /// <param name="address">Where the server is.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <param name="channelOptions">
    /// Options of the channel; null for the defaults. Neither the options nor their handler are changed, and both may serve several
    /// channels. The channel uses a copy of the handler with the same settings. Delegating handlers above it are shared.
    /// </param>
    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    /// <exception cref="InvalidOperationException">
    /// A socket, and the options have an HttpClient, or a handler that has a ConnectCallback or is no SocketsHttpHandler or
    /// HttpClientHandler.
    /// </exception>
    public static GrpcChannel ForAddress(string address, TachyonChannelOptions? options = null, GrpcChannelOptions? channelOptions = null)
    {
        var parsed = ChannelAddress.Parse(address);
        var own = ChannelOptionsCopy.Of(channelOptions);
        HandlerSetup.Remove(own);
        if (parsed.Route != ChannelRoute.Network)
        {
            HandlerSetup.Apply(own, parsed.ConnectWith(options, own.LoggerFactory));
        }

        return GrpcChannel.ForAddress(parsed.HttpAddress, own);
    }
}
