using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Clients that come from IHttpClientFactory, as applications with dependency injection get them.</summary>
public sealed class HttpClientFactoryTests
{
    [Theory]
    [OverTransports(Spin = false)]
    public async Task Channel_over_a_client_of_the_factory_makes_calls(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        await using var services = CreateServices(server);
        var factory = services.GetRequiredService<IHttpClientFactory>();

        // Each client is new; the connection behind them is the same.
        for (var index = 0; index < 5; index++)
        {
            using var channel = GrpcChannel.ForAddress(
                TestTransport.Address, new GrpcChannelOptions { HttpClient = factory.CreateClient("server"), DisposeHttpClient = true });
            var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(index, 1000)).ResponseAsync.Within($"call {index}");
            PayloadAssert.Is(reply, index, 1000);
        }
    }

    [Theory]
    [OverTransports(Spin = false)]
    public async Task Handlers_of_the_factory_see_the_calls(TransportKind transport)
    {
        var counter = new CountingHandler();
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions { Application = WebEndpoints.Map });
        await using var services = CreateServices(server, builder => builder.AddHttpMessageHandler(() => counter));
        using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient("server");
        client.BaseAddress = TestTransport.Address;
        client.DefaultRequestVersion = new Version(2, 0);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        Assert.Equal("hello over HTTP/2 http", await client.GetStringAsync("/hello").Within("the page"));
        Assert.Equal(1, counter.Requests);
    }

    private static ServiceProvider CreateServices(TestServer server, Action<IHttpClientBuilder>? configure = null)
    {
        var services = new ServiceCollection();
        var builder = services.AddHttpClient("server");
        server.Transport.Attach(builder, server.Path);
        configure?.Invoke(builder);
        return services.BuildServiceProvider();
    }

    private sealed class CountingHandler : DelegatingHandler
    {
        private int _requests;

        public int Requests => Volatile.Read(ref _requests);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _requests);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
