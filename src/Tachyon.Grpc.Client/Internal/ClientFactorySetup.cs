using Grpc.Net.ClientFactory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>Leads the clients of one name of an IHttpClientFactory to their server.</summary>
internal static class ClientFactorySetup
{
    internal static void Apply(IHttpClientBuilder builder, ChannelAddress address, TachyonChannelOptions? options)
    {
        var name = builder.Name;
        var uri = new Uri(address.HttpAddress);
        var isNetwork = address.Route == ChannelRoute.Network;

        // The address that the user gives to a client of a socket is the host that the server sees, and may be left out; for the network,
        // ours says where to go.
        builder.Services.PostConfigure<GrpcClientFactoryOptions>(name, grpc => grpc.Address = isNetwork ? uri : grpc.Address ?? uri);
        builder.Services.PostConfigure<HttpClientFactoryOptions>(name, factory =>
        {
            if (isNetwork)
            {
                factory.HttpClientActions.Add(client => client.BaseAddress = uri);
                return;
            }

            factory.HttpClientActions.Insert(0, client => client.BaseAddress = uri);

            // First, so that a choice of the user comes after it and stays.
            factory.HttpMessageHandlerBuilderActions.Insert(0, static handlers =>
            {
                if (handlers.PrimaryHandler is SocketsHttpHandler handler)
                {
                    handler.EnableMultipleHttp2Connections = true;
                }
            });

            // Last, so that a handler that the user sets after UseTachyon connects to the socket, too.
            factory.HttpMessageHandlerBuilderActions.Add(handlers =>
            {
                var brought = handlers.PrimaryHandler is ChannelHandler earlier ? earlier.Brought : handlers.PrimaryHandler;
                handlers.PrimaryHandler = HandlerSetup.Create(
                    brought,
                    disposesBrought: true,
                    address.ConnectWith(
                        options ?? handlers.Services.GetRequiredService<IOptionsMonitor<TachyonChannelOptions>>().Get(name),
                        handlers.Services.GetService<ILoggerFactory>()));
            });
        });
        ClientConfiguration.AddTo(builder.Services);
    }
}
