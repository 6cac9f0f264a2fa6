using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Grpc.Client.Internal;
using Tachyon.Grpc.Client.Internal.Direct;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client;

/// <summary>Makes gRPC channels to servers on this machine and, with the same call, to servers on the network.</summary>
public static class TachyonChannel
{
    // GrpcChannel is sealed and does not show its options.
    private static readonly ConditionalWeakTable<GrpcChannel, DirectChannel> s_direct = [];

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

        var channel = GrpcChannel.ForAddress(parsed.HttpAddress, own);
        if (DirectChannel.Of(own) is { } direct)
        {
            s_direct.Add(channel, direct);
        }

        return channel;
    }

    /// <summary>
    /// An invoker for the clients of a channel: <c>new Greeter.GreeterClient(TachyonChannel.CreateCallInvoker(channel))</c>. In direct mode
    /// it makes unary calls without an HTTP request for each, in less time and memory. All other calls go over
    /// <see cref="ChannelBase.CreateCallInvoker"/> of the channel, and so do unary calls before the first connection, with options that
    /// need the channel (credentials, write options, wait-for-ready), or with a trace or a listener that is to see them
    /// (docs/direct-mode.md has the list). Results are the same. The server does not compress responses of calls without an HTTP request.
    /// </summary>
    /// <param name="channel">A channel of <see cref="ForAddress"/>. For every other one this is its own invoker.</param>
    /// <returns>An invoker, which is thread-safe and lives as long as the channel.</returns>
    /// <exception cref="ObjectDisposedException">The channel is disposed.</exception>
    public static CallInvoker CreateCallInvoker(GrpcChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        var own = channel.CreateCallInvoker();
        return s_direct.TryGetValue(channel, out var direct) ? new DirectCallInvoker(own, direct) : own;
    }
}
