using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>The options of one channel, and their handler, serve other channels as well: each reaches its own server.</summary>
public sealed class ChannelOptionsTests : IAsyncLifetime
{
    private TestServer _first = null!;
    private TestServer _second = null!;
    private string _tcp = "";

    /// <summary>What the options have as their handler.</summary>
    public enum Brought
    {
        Nothing,
        Sockets,
        Client,
        Chain,
    }

    public async Task InitializeAsync()
    {
        _first = await TestServer.StartAsync(TransportKind.Adaptive, Named("first"));
        _second = await TestServer.StartAsync(TransportKind.Adaptive, Named("second") with
        {
            Kestrel = static kestrel => kestrel.Listen(
                System.Net.IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2),
        });
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData(Brought.Nothing)]
    [InlineData(Brought.Sockets)]
    [InlineData(Brought.Client)]
    [InlineData(Brought.Chain)]
    public async Task Each_channel_of_the_same_options_reaches_its_own_server(Brought brought)
    {
        using var handler = Make(brought);
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = 1000, HttpHandler = handler };
        using var first = TachyonChannel.ForAddress(_first.Path, null, options);
        await AssertReachesAsync("first", first);

        foreach (var address in (string[])[_second.Path, $"unix://{_second.Path}", _tcp, $"tachyon://{_second.Path}"])
        {
            using (var other = TachyonChannel.ForAddress(address, null, options))
            {
                await AssertReachesAsync("second", other);
            }

            // The end of the other channel is not its end.
            await AssertReachesAsync("first", first);
        }

        Assert.Same(handler, options.HttpHandler);
        Assert.Null(options.HttpClient);
        Assert.False(options.DisposeHttpClient);
        Assert.Equal(1000, options.MaxReceiveMessageSize);
    }

    [Theory]
    [InlineData(Brought.Sockets)]
    [InlineData(Brought.Client)]
    public async Task Handler_that_a_channel_to_the_network_has_used_serves_a_socket(Brought brought)
    {
        using var handler = Make(brought);
        var options = new GrpcChannelOptions { HttpHandler = handler };
        using var network = TachyonChannel.ForAddress(_tcp, null, options);
        await AssertReachesAsync("second", network);

        using var first = TachyonChannel.ForAddress(_first.Path, null, options);

        await AssertReachesAsync("first", first);
        await AssertReachesAsync("second", network);
    }

    [Fact]
    public async Task Options_can_be_led_elsewhere()
    {
        var options = new GrpcChannelOptions();
        using var first = GrpcChannel.ForAddress(TestTransport.Address, options.UseTachyon(_first.Path));
        using var second = GrpcChannel.ForAddress(TestTransport.Address, options.UseTachyon(_second.Path));
        using var network = TachyonChannel.ForAddress(_tcp, null, options.UseTachyon(_first.Path));

        await AssertReachesAsync("first", first);
        await AssertReachesAsync("second", second);
        await AssertReachesAsync("second", network);
    }

    [Theory]
    [InlineData(Brought.Sockets, false)]
    [InlineData(Brought.Sockets, true)]
    [InlineData(Brought.Chain, false)]
    [InlineData(Brought.Chain, true)]
    public async Task Handler_is_disposed_with_the_channel_only_if_the_options_want_it(Brought brought, bool disposes)
    {
        using var handler = Make(brought)!;
        TachyonChannel.ForAddress(_first.Path, null, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = disposes })
            .Dispose();
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, _tcp)
        { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        async Task<HttpResponseMessage> SendAsync() => await invoker.SendAsync(request, CancellationToken.None);

        if (disposes)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => SendAsync().Within("a request after the end of its handler"));
        }
        else
        {
            using var response = await SendAsync().Within("a request");
            Assert.Equal("second", Assert.Single(response.Headers.GetValues("server-name")));
        }
    }

    [Fact]
    public async Task Handler_chain_that_has_sent_a_request_gets_an_error_with_the_remedy()
    {
        using var handler = Make(Brought.Chain)!;
        var options = new GrpcChannelOptions { HttpHandler = handler };
        using var network = TachyonChannel.ForAddress(_tcp, null, options);
        await AssertReachesAsync("second", network);

        var exception = Assert.Throws<InvalidOperationException>(() => TachyonChannel.ForAddress(_first.Path, null, options));

        Assert.Contains("make the Tachyon channel first", exception.Message, StringComparison.Ordinal);
    }

    private static HttpMessageHandler? Make(Brought brought) => brought switch
    {
        Brought.Sockets => new SocketsHttpHandler(),
        Brought.Client => new HttpClientHandler(),
        Brought.Chain => new PassingHandler(new PassingHandler(new SocketsHttpHandler())),
        _ => null,
    };

    private static async Task AssertReachesAsync(string name, GrpcChannel channel)
    {
        using var call = new Echo.EchoClient(channel).UnaryAsync(new Payload());
        Assert.Equal(name, (await call.ResponseHeadersAsync.Within($"a call to the {name} server")).GetValue("server-name"));
        await call.ResponseAsync.Within("its response");
    }

    private TestApplicationOptions Named(string name) => new()
    {
        Application = app =>
        {
            app.Lifetime.ApplicationStarted.Register(
                () => _tcp = ((IApplicationBuilder)app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses
                .FirstOrDefault(static address => address.StartsWith("http://127.0.0.1", StringComparison.Ordinal), _tcp));
            app.Use((context, next) =>
            {
                context.Response.Headers["server-name"] = name;
                return next(context);
            });
        },
    };

    private sealed class PassingHandler(HttpMessageHandler inner) : DelegatingHandler(inner);
}
