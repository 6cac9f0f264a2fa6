using Grpc.Net.Client;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>Puts a way to connect under the handlers of a channel.</summary>
internal static class HandlerSetup
{
    /// <summary>Gives the options a handler that connects so, with the settings of the one that they have.</summary>
    internal static void Apply(GrpcChannelOptions channelOptions, ChannelConnector connect)
    {
        if (channelOptions.HttpClient is not null)
        {
            throw new InvalidOperationException("The options of the channel have an HttpClient: give its handler to UseTachyon instead.");
        }

        Remove(channelOptions);
        channelOptions.HttpHandler = Create(channelOptions.HttpHandler, channelOptions.DisposeHttpClient, connect);

        // It serves this channel only.
        channelOptions.DisposeHttpClient = true;
    }

    /// <summary>Takes back what an earlier call has put into the options.</summary>
    internal static void Remove(GrpcChannelOptions channelOptions)
    {
        if (channelOptions.HttpHandler is ChannelHandler earlier)
        {
            channelOptions.HttpHandler = earlier.Brought;
            channelOptions.DisposeHttpClient = earlier.DisposesBrought;
        }
    }

    /// <param name="brought">The user's handler, whose settings are copied; null: a handler for gRPC.</param>
    /// <param name="disposesBrought">Whether the new handler disposes it.</param>
    /// <param name="connect">How the new handler connects.</param>
    internal static ChannelHandler Create(HttpMessageHandler? brought, bool disposesBrought, ChannelConnector connect)
        => brought switch
        {
            null => new OwnHandler(HandlerDefaults.CreateForGrpc(), connect),
            DelegatingHandler chain => new ChainHandler(chain, disposesBrought, connect),
            _ => new OwnHandler(HandlerCopy.Of(brought), connect, brought, disposesBrought),
        };

    internal static InvalidOperationException ConnectsElsewhere() => new("The handler has a ConnectCallback already.");
}
