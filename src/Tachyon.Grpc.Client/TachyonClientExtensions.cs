using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.Grpc.Client.Internal;

namespace Tachyon.Grpc.Client;

/// <summary>Connects HTTP handlers, gRPC channels and client factories through shared memory.</summary>
public static class TachyonClientExtensions
{
    /// <summary>
    /// Makes a channel of these options connect to the socket at <paramref name="address"/>. Use an <c>http://localhost</c> address for the
    /// channel. Changes the options: <see cref="GrpcChannelOptions.HttpHandler"/> becomes a handler for one channel, which disposes it. It
    /// has the settings of the handler that was there, which stays as it is. Without one, it follows no redirects and keeps no cookies, of
    /// which gRPC has none. <see cref="TachyonChannel.ForAddress"/> leaves the options alone.
    /// </summary>
    /// <param name="channelOptions">The options of the channel.</param>
    /// <param name="address">The socket of the server, as for <see cref="TachyonChannel.ForAddress"/>; not an address of the
    /// network.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address is one of the network, names a host, or has no path.</exception>
    /// <exception cref="InvalidOperationException">
    /// The options have an HttpClient, or a handler that has a ConnectCallback or is no SocketsHttpHandler or HttpClientHandler.
    /// </exception>
    public static GrpcChannelOptions UseTachyon(
        this GrpcChannelOptions channelOptions, string address, TachyonChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(channelOptions);
        HandlerSetup.Apply(channelOptions, ChannelAddress.ParseSocket(address).ConnectWith(options, channelOptions.LoggerFactory));
        return channelOptions;
    }

    /// <summary>
    /// Makes the handler connect to the socket at <paramref name="address"/>, whatever host a request names. Settings that still have
    /// their defaults are changed to what fits shared memory: connections are kept while idle, no proxy is asked, more than one HTTP/2
    /// connection is made when the streams of one are used up (set <see cref="SocketsHttpHandler.EnableMultipleHttp2Connections"/> to false
    /// afterwards for one only), and the HTTP/2 stream window is 2 MiB. It speaks HTTP/2, also where the address or the options ask for
    /// direct mode.
    /// </summary>
    /// <param name="handler">The handler; not yet used.</param>
    /// <param name="address">The socket of the server, as for <see cref="TachyonChannel.ForAddress"/>; not an address of the
    /// network.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <param name="loggerFactory">Gets a line that says how the first connection goes; null for none.</param>
    /// <returns>The handler.</returns>
    /// <exception cref="ArgumentException">The address is one of the network, names a host, or has no path.</exception>
    /// <exception cref="InvalidOperationException">The handler has a ConnectCallback already, or was used.</exception>
    public static SocketsHttpHandler UseTachyon(
        this SocketsHttpHandler handler, string address, TachyonChannelOptions? options = null, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var parsed = ChannelAddress.ParseSocket(address);
        if (handler.ConnectCallback is not null)
        {
            throw HandlerSetup.ConnectsElsewhere();
        }

        handler.ConnectCallback = parsed.ConnectWith(options, loggerFactory).Http2;
        handler.EnableMultipleHttp2Connections = true;
        HandlerDefaults.Apply(handler);
        return handler;
    }

    /// <summary>
    /// Makes the clients of this builder connect to <paramref name="address"/>, whose scheme decides how, as for
    /// <see cref="TachyonChannel.ForAddress"/>. For clients of <c>AddHttpClient</c> and of <c>AddGrpcClient</c>; neither needs another
    /// address. A primary handler that the application configures, before or after this, keeps its settings and connects here. The handler
    /// is kept for the life of the application, since there is no DNS to follow; a later <c>SetHandlerLifetime</c> overrides that.
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="address">Where the server is.</param>
    /// <param name="options">
    /// Options of the transport. Null: the options <see cref="TachyonChannelOptions"/> with the name of the client, which the configuration
    /// section <c>TachyonClient</c> sets first, and <c>services.Configure</c> afterwards.
    /// </param>
    /// <exception cref="ArgumentException">The address of a socket names a host, or no path.</exception>
    public static IHttpClientBuilder UseTachyon(this IHttpClientBuilder builder, string address, TachyonChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var parsed = ChannelAddress.Parse(address);
        ClientFactorySetup.Apply(builder, parsed, options);
        return parsed.Route == ChannelRoute.Network ? builder : builder.SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
