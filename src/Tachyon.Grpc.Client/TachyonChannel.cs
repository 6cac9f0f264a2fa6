using Grpc.Net.Client;
using Tachyon.Grpc.Client.Internal;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client;

/// <summary>Makes gRPC channels to servers on this machine, and by the same call to any other.</summary>
public static class TachyonChannel
{
    /// <summary>
    /// A channel to <paramref name="address"/>, whose scheme decides how calls get there, so that a service can move by a change of
    /// configuration. It connects with its first call.
    /// <list type="bullet">
    /// <item><c>tachyon:///run/app.sock</c>, or just <c>/run/app.sock</c>: over shared memory, to the server whose socket is at that path.</item>
    /// <item><c>unix:///run/app.sock</c>: plain HTTP/2 over the Unix socket.</item>
    /// <item><c>http://host:port</c>, <c>https://host:port</c>, and whatever else <see cref="GrpcChannel"/> takes: ordinary gRPC over the network;
    /// <paramref name="options"/> has no meaning then.</item>
    /// </list>
    /// <c>tachyon:@name</c>, <c>@name</c> and <c>unix:@name</c> are sockets of the abstract namespace (unix(7)). What a server prints as its
    /// address (<c>http://unix:/run/app.sock?tachyon</c>, the same with <c>https</c>) is an address, too.
    /// </summary>
    /// <param name="address">Where the server is.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <param name="channelOptions">
    /// Options of the channel; null for the defaults. Neither they nor their handler are changed, and both may serve several channels. The settings
    /// of the handler are used, in a copy that belongs to the channel. Of handlers above it only the last link changes: below it our channels branch off.
    /// </param>
    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    /// <exception cref="InvalidOperationException">
    /// A socket, and the options have an HttpClient, or a handler that has a ConnectCallback or is no SocketsHttpHandler or HttpClientHandler.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">Shared memory, and not on 64-bit Linux.</exception>
    public static GrpcChannel ForAddress(string address, TachyonClientOptions? options = null, GrpcChannelOptions? channelOptions = null)
    {
        ChannelAddress parsed = ChannelAddress.Parse(address);
        GrpcChannelOptions own = ChannelOptionsCopy.Of(channelOptions);
        HandlerSetup.Remove(own);
        if (parsed.Route != ChannelRoute.Network)
        {
            HandlerSetup.Apply(own, parsed.ConnectWith(options, own.LoggerFactory));
        }

        return GrpcChannel.ForAddress(parsed.HttpAddress, own);
    }
}
