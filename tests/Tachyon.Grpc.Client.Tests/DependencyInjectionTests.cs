using Grpc.Net.ClientFactory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>Clients from dependency injection go where the address says, as channels do, and keep what the application configures for
/// them.</summary>
public sealed class DependencyInjectionTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private string _tcp = "";
    private bool? _overMemory;
    private bool _overTcp;

    public async Task InitializeAsync()
        => _server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Kestrel = static kestrel => kestrel.Listen(
                System.Net.IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2),
            Application = app =>
            {
                app.Lifetime.ApplicationStarted.Register(
                    () => _tcp = ((IApplicationBuilder)app).ServerFeatures.Get<IServerAddressesFeature>()!
                    .Addresses.Single(static address => address.StartsWith("http://127.0.0.1", StringComparison.Ordinal)));
                app.Use((context, next) =>
                {
                    _overMemory = context.Features.Get<ITachyonConnectionFeature>() is not null;
                    _overTcp = context.Connection.LocalPort > 0;
                    return next(context);
                });
                WebEndpoints.Map(app);
            },
        });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("{0}", true, false)]
    [InlineData("tachyon://{0}", true, false)]
    [InlineData("http://tachyon:{0}", true, false)]
    [InlineData("unix://{0}", false, false)]
    [InlineData("{1}", false, true)]
    public async Task Scheme_decides_for_clients_of_gRPC_and_of_HTTP(string format, bool overMemory, bool overTcp)
    {
        var address = string.Format(null, format, _server.Path, _tcp);
        var collection = new ServiceCollection();
        collection.AddGrpcClient<Echo.EchoClient>().UseTachyon(address);
        collection.AddHttpClient("page").UseTachyon(address);
        await using var services = collection.BuildServiceProvider();

        await services.GetRequiredService<Echo.EchoClient>().UnaryAsync(new Payload()).ResponseAsync.Within("the call");
        Assert.Equal((overMemory, overTcp), (_overMemory, _overTcp));

        _overMemory = null;
        using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient("page");
        client.DefaultRequestVersion = new Version(2, 0);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        Assert.StartsWith("hello", await client.GetStringAsync("/hello").Within("the page"), StringComparison.Ordinal);
        Assert.Equal((overMemory, overTcp), (_overMemory, _overTcp));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Primary_handler_of_the_application_goes_to_the_server_too(bool after)
    {
        var collection = new ServiceCollection();
        var builder = collection.AddGrpcClient<Echo.EchoClient>(static grpc => grpc.Address = new Uri("http://app.example"));
        if (!after)
        {
            builder.ConfigurePrimaryHttpMessageHandler(static () => new HttpClientHandler());
        }

        builder.UseTachyon(_server.Path);
        if (after)
        {
            builder.ConfigurePrimaryHttpMessageHandler(static () => new HttpClientHandler());
        }

        await using var services = collection.BuildServiceProvider();

        await services.GetRequiredService<Echo.EchoClient>().UnaryAsync(new Payload()).ResponseAsync.Within("the call");
        Assert.True(_overMemory);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(false, false)]
    public void Several_connections_are_the_default_and_one_can_be_chosen_before_or_after(bool? chosen, bool expected)
    {
        foreach (var after in (bool[])[false, true])
        {
            var collection = new ServiceCollection();
            var builder = collection.AddHttpClient("one");
            if (!after && chosen is { } before)
            {
                builder.UseSocketsHttpHandler((handler, _) => handler.EnableMultipleHttp2Connections = before);
            }

            builder.UseTachyon(_server.Path);
            if (after && chosen is { } later)
            {
                builder.UseSocketsHttpHandler((handler, _) => handler.EnableMultipleHttp2Connections = later);
            }

            using var services = collection.BuildServiceProvider();
            var handler = services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("one");
            while (handler is DelegatingHandler { InnerHandler: { } inner })
            {
                handler = inner;
            }

            Assert.Equal(expected, Assert.IsType<SocketsHttpHandler>(handler).EnableMultipleHttp2Connections);
        }
    }

    [Fact]
    public async Task Options_come_from_the_configuration_and_code_overrides_them()
    {
        var collection = new ServiceCollection();
        collection.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TachyonClient:WaitMode"] = "Park",
            ["TachyonClient:SendRingSize"] = "65536",
            ["TachyonClient:ReceiveRingSize"] = "131072",
            ["TachyonClient:HandshakeTimeout"] = "00:00:07",
            ["TachyonClient:WaitForServer"] = "00:00:08",
            ["TachyonClient:SharedMemory"] = "Require",
            ["TachyonClient:ServerUser"] = "app",
        }).Build());
        collection.Configure<TachyonChannelOptions>("named", static options => options.ServerUser = null);
        collection.AddHttpClient("named").UseTachyon(_server.Path);
        await using var services = collection.BuildServiceProvider();

        var options = services.GetRequiredService<IOptionsMonitor<TachyonChannelOptions>>().Get("named");

        Assert.Equal(
            (TachyonWaitMode.Park, 65536, 131072, 7, 8, TachyonSharedMemory.Require, null),
            (options.WaitMode, options.SendRingSize, options.ReceiveRingSize, options.HandshakeTimeout.TotalSeconds,
             options.WaitForServer.TotalSeconds, options.SharedMemory, options.ServerUser));
        Assert.Equal("app", services.GetRequiredService<IOptions<TachyonChannelOptions>>().Value.ServerUser);
    }

    [Fact]
    public void Unknown_key_in_the_configuration_is_an_error_that_names_it()
    {
        var collection = new ServiceCollection();
        collection.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["TachyonClient:SharedMemry"] = "Require" }).Build());
        collection.AddHttpClient("named").UseTachyon(_server.Path);
        using var services = collection.BuildServiceProvider();

        var exception = Assert.Throws<InvalidOperationException>(
            () => services.GetRequiredService<IHttpClientFactory>().CreateClient("named"));

        Assert.Contains("SharedMemry", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Handler_alone_refuses_an_address_of_the_network()
    {
        using var handler = new SocketsHttpHandler();

        var exception = Assert.Throws<ArgumentException>(() => handler.UseTachyon("http://localhost:5000"));

        Assert.Contains("TachyonChannel.ForAddress", exception.Message, StringComparison.Ordinal);
    }
}
