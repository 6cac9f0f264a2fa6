using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.Grpc.Client.Internal;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client;

/// <summary>Leads HTTP handlers and gRPC channels through shared memory.</summary>
public static class TachyonClientExtensions
{
    /// <summary>
    /// Makes channels of these options connect to the Tachyon server at <paramref name="path"/>. Use an <c>http://localhost</c> address for the
    /// channel. A <see cref="SocketsHttpHandler"/> that is set already is kept, with its settings; without one,
    /// a handler is made that follows no redirects and keeps no cookies, of which gRPC has none.
    /// </summary>
    /// <param name="channelOptions">The options of the channel.</param>
    /// <param name="path">Path of the server's socket, or <c>@name</c> for the abstract namespace.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The options have an HttpClient, or a handler that is not built on SocketsHttpHandler.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on 64-bit Linux.</exception>
    public static GrpcChannelOptions UseTachyon(this GrpcChannelOptions channelOptions, string path, TachyonClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(channelOptions);
        return HandlerSetup.Apply(channelOptions, handler => handler.UseTachyon(path, options, channelOptions.LoggerFactory));
    }

    /// <summary>
    /// Makes the handler connect to the Tachyon server at <paramref name="path"/>, whatever host a request names. Settings that still have
    /// their defaults are changed to what fits shared memory: connections are kept while idle, no proxy is asked, more than one HTTP/2
    /// connection is made when the streams of one are used up, and the HTTP/2 stream window is 2 MiB.
    /// </summary>
    /// <param name="handler">The handler; not yet used.</param>
    /// <param name="path">Path of the server's socket, or <c>@name</c> for the abstract namespace.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <param name="loggerFactory">Gets the warning when there is no shared memory; null for none.</param>
    /// <returns>The handler.</returns>
    /// <exception cref="InvalidOperationException">The handler has a ConnectCallback already, or was used.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on 64-bit Linux.</exception>
    public static SocketsHttpHandler UseTachyon(
        this SocketsHttpHandler handler, string path, TachyonClientOptions? options = null, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentException.ThrowIfNullOrEmpty(path);
        TachyonPlatform.ThrowIfUnsupported();
        ILogger? logger = loggerFactory?.CreateLogger(ClientLog.Category);
        return HandlerSetup.Connect(handler, new ConnectCallback(path, options ?? new TachyonClientOptions(), logger).ConnectAsync);
    }

    /// <summary>
    /// Makes the clients of this builder connect to the Tachyon server at <paramref name="path"/>. The handler is kept for the life of the
    /// application, since there is no DNS to follow; a later <c>SetHandlerLifetime</c> overrides that.
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="path">Path of the server's socket, or <c>@name</c> for the abstract namespace.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <exception cref="PlatformNotSupportedException">Not on 64-bit Linux.</exception>
    public static IHttpClientBuilder UseTachyon(this IHttpClientBuilder builder, string path, TachyonClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        TachyonPlatform.ThrowIfUnsupported();
        return builder
            .UseSocketsHttpHandler((handler, services) => handler.UseTachyon(path, options, services.GetService<ILoggerFactory>()))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }
}
