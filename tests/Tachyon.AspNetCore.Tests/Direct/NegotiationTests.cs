using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore.Internal.Direct;
using Tachyon.Frames;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>Who speaks what with whom: direct mode where both sides want it, HTTP/2 over the same connection everywhere else.</summary>
public sealed class NegotiationTests
{
    [Theory]
    [InlineData(TachyonProtocol.Http2, true, "HTTP/2")]
    [InlineData(TachyonProtocol.PreferDirect, true, "direct")]
    [InlineData(TachyonProtocol.RequireDirect, true, "direct")]
    [InlineData(TachyonProtocol.Http2, false, "HTTP/2")]
    [InlineData(TachyonProtocol.PreferDirect, false, "HTTP/2")]
    public async Task Protocol_is_what_both_sides_want(TachyonProtocol client, bool allowed, string expected)
    {
        await using var server = await StartAsync(allowed);
        using var invoker = Invoker(server, client);

        // Two calls: the first connects.
        Assert.Equal(expected, await AskAsync(invoker));
        Assert.Equal(expected, await AskAsync(invoker));
        Assert.Equal(1, Connections(server));
    }

    [Fact]
    public async Task Server_that_does_not_allow_it_is_an_error_where_it_is_required()
    {
        await using var server = await StartAsync(allowed: false);
        using var invoker = Invoker(server, TachyonProtocol.RequireDirect);

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(invoker));

        var cause = Assert.IsType<TachyonConnectException>(exception.InnerException);
        Assert.Equal(TachyonConnectError.VersionMismatch, cause.Error);
        Assert.Contains("lacks a feature that this client", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_with_tls_does_not_grant_it()
    {
        await using var server = await StartAsync(allowed: true, static listen => listen.UseHttps(TestCertificate.Value));
        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => RawDirectClient.ConnectAsync(server.Path));
        Assert.Equal(TachyonConnectError.VersionMismatch, exception.Error);
    }

    [Fact]
    public async Task Endpoint_without_http2_does_not_grant_it()
    {
        await using var server = await StartAsync(allowed: true, static listen => listen.Protocols = HttpProtocols.Http1);
        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => RawDirectClient.ConnectAsync(server.Path));
        Assert.Equal(TachyonConnectError.VersionMismatch, exception.Error);
    }

    [Fact]
    public async Task Request_of_http_1_goes_over_http_1()
    {
        await using var server = await StartAsync(allowed: true, static listen => listen.Protocols = HttpProtocols.Http1AndHttp2);
        using var handler = Handler(server, TachyonProtocol.PreferDirect);
        using var client = new HttpClient(handler, disposeHandler: false);
        Assert.Equal("HTTP/1.1", await client.GetStringAsync(new Uri("http://localhost/")).Within());
    }

    [Fact]
    public void Other_servers_are_left_alone()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IServer, OtherServer>();
        CapturingServer.Decorate(services);
        using var provider = services.BuildServiceProvider();
        Assert.IsType<OtherServer>(provider.GetRequiredService<IServer>());
    }

    [Theory]
    [InlineData(true, "direct")]
    [InlineData(false, "HTTP/2")]
    public async Task Endpoint_of_the_configuration_grants_it_where_it_was_told_to(bool isTold, string expected)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Kestrel:Endpoints:Grpc:Url"] = $"http://unix:{path}?tachyon";
        builder.Configuration["Kestrel:Endpoints:Grpc:Protocols"] = "Http2";
        builder.WebHost.UseTachyon(static options => options.AllowDirect = true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen =>
        {
            if (isTold)
            {
                listen.UseTachyonDirect();
            }
        }));
        await using var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync(
            context.Features.Get<ITachyonConnectionFeature>()?.IsDirect == true ? "direct" : context.Request.Protocol));
        await app.StartAsync().Within();
        using var invoker = new HttpMessageInvoker(Handler(path, new TachyonChannelOptions { Protocol = TachyonProtocol.PreferDirect }));

        Assert.Equal(expected, await AskAsync(invoker));

        await app.StopAsync().Within();
    }

    [Fact]
    public async Task Middleware_of_an_endpoint_sees_connections_whatever_its_defaults_are()
    {
        var seen = 0;
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTachyon(static options => options.AllowDirect = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(static listen => listen.UseTachyonDirect());
            kestrel.ListenTachyon(path, listen => listen.Use(next => connection =>
            {
                Interlocked.Increment(ref seen);
                return next(connection);
            }));
        });
        await using var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync(
            context.Features.Get<ITachyonConnectionFeature>()?.IsDirect == true ? "direct" : context.Request.Protocol));
        await app.StartAsync().Within();
        using var invoker = new HttpMessageInvoker(Handler(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect }));

        Assert.Equal("direct", await AskAsync(invoker));
        Assert.Equal(1, seen);

        await app.StopAsync().Within();
    }

    [Fact]
    public async Task Address_of_a_client_asks_for_it()
    {
        await using var server = await StartAsync(allowed: true);
        using var invoker = new HttpMessageInvoker(Handler($"tachyon-direct://{server.Path}", new TachyonChannelOptions()));
        Assert.Equal("direct", await AskAsync(invoker));
    }

    [Fact]
    public async Task Two_hosts_of_one_process_serve_their_own_applications()
    {
        await using var first = await StartAsync(allowed: true, text: "first");
        await using var second = await StartAsync(allowed: true, text: "second");
        using var toFirst = Invoker(first, TachyonProtocol.RequireDirect);
        using var toSecond = Invoker(second, TachyonProtocol.RequireDirect);
        Assert.Equal("first", await AskAsync(toFirst));
        Assert.Equal("second", await AskAsync(toSecond));
    }

    private static Task<TestServer> StartAsync(bool allowed, Action<ListenOptions>? listen = null, string? text = null)
        => TestServer.StartAsync(TransportKind.Direct, new TestApplicationOptions
        {
            Listen = listen,
            Services = services => services.Configure<TachyonTransportOptions>(options => options.AllowDirect = allowed),
            Application = app => app.Run(context => context.Response.WriteAsync(
                text ?? (context.Features.Get<ITachyonConnectionFeature>()?.IsDirect == true ? "direct" : context.Request.Protocol))),
        });

    private static HttpMessageHandler Handler(TestServer server, TachyonProtocol protocol)
        => Handler(server.Path, new TachyonChannelOptions { Protocol = protocol });

    private static HttpMessageHandler Handler(string address, TachyonChannelOptions options)
    {
        var services = new ServiceCollection();
        services.AddHttpClient("client").UseTachyon(address, options);
        return services.BuildServiceProvider().GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("client");
    }

    private static HttpMessageInvoker Invoker(TestServer server, TachyonProtocol protocol) => new(Handler(server, protocol));

    private static async Task<string> AskAsync(HttpMessageInvoker invoker)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://localhost/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await invoker.SendAsync(request, CancellationToken.None).Within();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync().Within();
    }

    private static int Connections(TestServer server)
        => server.Logs.Entries.Count(static entry => entry.Category == "Tachyon.AspNetCore" && entry.Event.Name == "AcceptedConnection");

    private sealed class OtherServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public void Dispose()
        {
        }

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull
            => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
