using Grpc.Net.Client;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>Puts a way to connect under the handler of a channel.</summary>
internal static class HandlerSetup
{
    /// <summary>Makes the channel's handler, or sets up the one that it has.</summary>
    internal static GrpcChannelOptions Apply(GrpcChannelOptions channelOptions, Action<SocketsHttpHandler> setUp)
    {
        if (channelOptions.HttpClient is not null)
        {
            throw new InvalidOperationException("The options of the channel have an HttpClient: give its handler to UseTachyon instead.");
        }

        if (channelOptions.HttpHandler is null)
        {
            SocketsHttpHandler made = HandlerDefaults.CreateForGrpc();
            setUp(made);
            channelOptions.HttpHandler = new OwnHandler(made);

            // Nobody else knows of it.
            channelOptions.DisposeHttpClient = true;
            return channelOptions;
        }

        HttpMessageHandler? handler = channelOptions.HttpHandler;
        while (handler is DelegatingHandler outer)
        {
            handler = outer.InnerHandler;
        }

        setUp(handler as SocketsHttpHandler
            ?? throw new InvalidOperationException("UseTachyon needs a SocketsHttpHandler at the bottom of the channel's HttpHandler."));
        return channelOptions;
    }

    internal static GrpcChannelOptions UseUnixSocket(GrpcChannelOptions channelOptions, string path, TachyonClientOptions? options)
    {
        options ??= new TachyonClientOptions();
        return Apply(
            channelOptions,
            handler => Connect(handler, (_, cancellationToken) => PlainSocket.ConnectAsync(path, options, cancellationToken)));
    }

    internal static SocketsHttpHandler Connect(
        SocketsHttpHandler handler, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect)
    {
        if (handler.ConnectCallback is not null)
        {
            throw new InvalidOperationException("The handler has a ConnectCallback already.");
        }

        HandlerDefaults.Apply(handler);
        handler.ConnectCallback = connect;
        return handler;
    }
}
