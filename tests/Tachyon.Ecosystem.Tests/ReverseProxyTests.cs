using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Yarp.ReverseProxy: the endpoint in front and the destination behind, each over either transport.</summary>
public sealed class ReverseProxyTests
{
    [Theory]
    [InlineData(TransportKind.UnixSocket, TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive, TransportKind.UnixSocket)]
    [InlineData(TransportKind.UnixSocket, TransportKind.Adaptive)]
    [InlineData(TransportKind.Adaptive, TransportKind.Adaptive)]
    public async Task Calls_pass_through_the_proxy(TransportKind front, TransportKind behind)
    {
        await using var destination = await EcosystemServer.StartAsync(
            behind, HttpProtocols.Http2, services => TestApplication.AddTestServices(services), TestApplication.MapTestServices);
        await using var proxy = await EcosystemServer.StartAsync(
            front, HttpProtocols.Http2, services => AddProxy(services, destination), app => app.MapReverseProxy());
        using var channel = proxy.CreateChannel();
        var client = new Echo.EchoClient(channel);

        var reply = await client.UnaryAsync(Content.Create(1, 500_000)).ResponseAsync.Within();
        Assert.Null(Content.Difference(reply, 1, 500_000));

        using var call = client.Duplex();
        for (var index = 0; index < 10; index++)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, 10_000)).Within();
            Assert.True(await call.ResponseStream.MoveNext().Within());
            Assert.Null(Content.Difference(call.ResponseStream.Current, index, 10_000));
        }

        await call.RequestStream.CompleteAsync().Within();
        Assert.False(await call.ResponseStream.MoveNext().Within());

        // The status is in the trailers.
        var error = await Assert.ThrowsAsync<RpcException>(() => new Outcome.OutcomeClient(channel)
            .UnaryAsync(new OutcomeRequest { Status = (int)StatusCode.DataLoss, Detail = "lost" }).ResponseAsync.Within());
        Assert.Equal(new Status(StatusCode.DataLoss, "lost"), error.Status);
        Assert.Equal(3, destination.Requests);
        Assert.Equal(3, proxy.Requests);
    }

    private static void AddProxy(IServiceCollection services, EcosystemServer destination)
    {
        services.AddSingleton<IForwarderHttpClientFactory>(new TransportClientFactory(destination));
        services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "destination", Match = new RouteMatch { Path = "/{**path}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "destination",
                    Destinations = new Dictionary<string, DestinationConfig>
                    {
                        ["only"] = new() { Address = TestTransport.Address.ToString() },
                    },

                    // HTTP/2 without TLS is not negotiated: YARP would send HTTP/1.1.
                    HttpRequest = new ForwarderRequestConfig
                    {
                        Version = HttpVersion.Version20,
                        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                    },
                },
            ]);
    }

    private sealed class TransportClientFactory(EcosystemServer destination) : ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            destination.Transport.Attach(handler, destination.Path);
        }
    }
}
