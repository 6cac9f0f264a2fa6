using System.IO.Compression;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Tachyon.AspNetCore;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Middleware of ASP.NET Core that replaces features, limits requests or changes responses.</summary>
public sealed class MiddlewareTests
{
    private static readonly string s_longText = string.Concat(Enumerable.Repeat("text that compresses well. ", 1_000));

    [Theory]
    [EachTransport]
    public async Task Response_compression_replaces_the_body(TransportKind transport)
    {
        await using var server = await StartAsync(
            transport,
            static services => services.AddResponseCompression(static options => options.EnableForHttps = true),
            static app =>
            {
                app.UseResponseCompression();
                app.Run(static context =>
                {
                    context.Response.ContentType = "text/plain";
                    return context.Response.WriteAsync(s_longText);
                });
            });
        using var invoker = Invoker(server);
        using var request = Get("/");
        request.Headers.Add("Accept-Encoding", "gzip");
        using var response = await invoker.SendAsync(request, CancellationToken.None).Within();
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var content = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(content);
        Assert.Equal(s_longText, await reader.ReadToEndAsync().Within());
    }

    [Theory]
    [EachTransport]
    public async Task Http_logging_sees_request_and_response(TransportKind transport)
    {
        var collector = new FakeLogCollector();
        await using var server = await StartAsync(
            transport,
            services =>
            {
                services.AddHttpLogging(static options => options.LoggingFields = HttpLoggingFields.All);
                services.AddLogging(logging => logging.AddProvider(new HttpLogs(collector)));
            },
            static app =>
            {
                app.UseHttpLogging();
                app.Run(static async context =>
                {
                    await context.Request.Body.CopyToAsync(Stream.Null);
                    context.Response.ContentType = "text/plain";
                    await context.Response.WriteAsync("the answer");
                });
            });
        using var invoker = Invoker(server);
        using var request = Get("/asked");
        request.Method = HttpMethod.Post;
        request.Content = new StringContent("the question");
        using var response = await invoker.SendAsync(request, CancellationToken.None).Within();
        Assert.Equal("the answer", await response.Content.ReadAsStringAsync().Within());

        await Watchdog.Until(() => Has("the answer"));
        Assert.True(Has("the question"));
        Assert.True(Has("/asked"));

        bool Has(string text) => collector.GetSnapshot().Any(entry => entry.Message.Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [EachTransport]
    public async Task Rate_limiter_rejects_a_request(TransportKind transport)
    {
        await using var server = await StartAsync(
            transport,
            static services => services.AddRateLimiter(static options =>
            {
                options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
                options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(static _ =>
                    RateLimitPartition.GetFixedWindowLimiter(
                        "all", static _ => new FixedWindowRateLimiterOptions { PermitLimit = 1, Window = TimeSpan.FromHours(1) }));
            }),
            static app =>
            {
                app.UseRateLimiter();
                app.Run(static context => context.Response.WriteAsync("served"));
            });
        using var invoker = Invoker(server);
        Assert.Equal((HttpStatusCode.OK, "served"), await AskAsync(invoker));
        Assert.Equal((HttpStatusCode.TooManyRequests, ""), await AskAsync(invoker));
    }

    [Theory]
    [EachTransport]
    public async Task Request_timeout_cancels_the_handler(TransportKind transport)
    {
        await using var server = await StartAsync(
            transport,
            static services => services.AddRequestTimeouts(static options => options.DefaultPolicy = new()
            {
                Timeout = TimeSpan.FromMilliseconds(100),
                TimeoutStatusCode = StatusCodes.Status504GatewayTimeout,
            }),
            static app =>
            {
                app.UseRequestTimeouts();
                app.Run(static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
            });
        using var invoker = Invoker(server);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await AskAsync(invoker)).Status);
    }

    [Theory]
    [EachTransport]
    public async Task Output_cache_answers_the_second_request(TransportKind transport)
    {
        var runs = 0;
        await using var server = await StartAsync(
            transport,
            static services => services.AddOutputCache(
                static options => options.AddBasePolicy(static policy => policy.Expire(TimeSpan.FromHours(1)))),
            app =>
            {
                app.UseOutputCache();
                app.Run(context => context.Response.WriteAsync($"run {Interlocked.Increment(ref runs)}"));
            });
        using var invoker = Invoker(server);
        Assert.Equal((HttpStatusCode.OK, "run 1"), await AskAsync(invoker));
        Assert.Equal((HttpStatusCode.OK, "run 1"), await AskAsync(invoker));
    }

    [Theory]
    [EachTransport]
    public async Task Authorization_refuses_and_admits(TransportKind transport)
    {
        await using var server = await StartAsync(
            transport,
            static services =>
            {
                services.AddAuthentication(TachyonPeerDefaults.AuthenticationScheme).AddTachyonPeer();
                services.AddAuthorizationBuilder()
                    .AddPolicy("known", static policy => policy.RequireAuthenticatedUser())
                    .AddPolicy("never", static policy => policy.RequireAssertion(static _ => false));
            },
            static app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGet("/known", static () => "in").RequireAuthorization("known");
                app.MapGet("/never", static () => "in").RequireAuthorization("never");
            });
        using var invoker = Invoker(server);

        // A caller over Kestrel's own socket has no identity.
        var isKnown = transport != TransportKind.UnixSocket;
        Assert.Equal(isKnown ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await AskAsync(invoker, "/known")).Status);
        Assert.Equal(isKnown ? HttpStatusCode.Forbidden : HttpStatusCode.Unauthorized, (await AskAsync(invoker, "/never")).Status);
    }

    [Theory]
    [EachTransport]
    public async Task Exception_handler_makes_the_response(TransportKind transport)
    {
        await using var server = await StartAsync(
            transport,
            static services => services.AddLogging(static logging => logging.AddFilter<FakeLoggerProvider>(
                "Microsoft.AspNetCore.Diagnostics", LogLevel.None)),
            static app =>
            {
                app.UseExceptionHandler(static handler => handler.Run(static context => context.Response.WriteAsync("handled")));
                app.Run(static _ => throw new InvalidOperationException("broken"));
            });
        using var invoker = Invoker(server);
        Assert.Equal((HttpStatusCode.InternalServerError, "handled"), await AskAsync(invoker));
    }

    private static Task<EcosystemServer> StartAsync(
        TransportKind transport, Action<IServiceCollection> addServices, Action<WebApplication> map)
        => EcosystemServer.StartAsync(transport, HttpProtocols.Http2, addServices, map);

    private static HttpMessageInvoker Invoker(EcosystemServer server)
    {
        var services = new ServiceCollection();
        server.Transport.Attach(services.AddHttpClient("client"), server.Path);
        var factory = services.BuildServiceProvider().GetRequiredService<IHttpMessageHandlerFactory>();
        return new HttpMessageInvoker(factory.CreateHandler("client"));
    }

    private static HttpRequestMessage Get(string target)
        => new(HttpMethod.Get, $"http://localhost{target}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(HttpMessageInvoker invoker, string target = "/")
    {
        using var request = Get(target);
        using var response = await invoker.SendAsync(request, CancellationToken.None).Within();
        return (response.StatusCode, await response.Content.ReadAsStringAsync().Within());
    }

    /// <summary>A provider of its own: that of the server takes errors only.</summary>
    private sealed class HttpLogs(FakeLogCollector collector) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new FakeLogger(collector, categoryName);

        public void Dispose()
        {
        }
    }
}
