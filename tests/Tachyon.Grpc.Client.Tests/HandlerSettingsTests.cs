using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>A handler that the user brings keeps what the user has set on it.</summary>
public sealed class HandlerSettingsTests
{
    [Fact]
    public void Settings_of_the_user_are_kept()
    {
        var proxy = new WebProxy("http://localhost:1");
        using var handler = new SocketsHttpHandler
        {
            InitialHttp2StreamWindowSize = 128 * 1024,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(7),
            PooledConnectionLifetime = TimeSpan.FromSeconds(8),
            ConnectTimeout = TimeSpan.FromSeconds(9),
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(11),
            MaxConnectionsPerServer = 12,
            MaxResponseHeadersLength = 13,
            AllowAutoRedirect = true,
            UseCookies = false,
            Proxy = proxy,
            EnableMultipleHttp2Connections = true,
        };

        Assert.Same(handler, handler.UseTachyon("/run/never-used"));

        Assert.Equal(128 * 1024, handler.InitialHttp2StreamWindowSize);
        Assert.Equal(TimeSpan.FromSeconds(7), handler.PooledConnectionIdleTimeout);
        Assert.Equal(TimeSpan.FromSeconds(8), handler.PooledConnectionLifetime);
        Assert.Equal(TimeSpan.FromSeconds(9), handler.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), handler.KeepAlivePingDelay);
        Assert.Equal(TimeSpan.FromSeconds(11), handler.KeepAlivePingTimeout);
        Assert.Equal(12, handler.MaxConnectionsPerServer);
        Assert.Equal(13, handler.MaxResponseHeadersLength);
        Assert.True(handler.AllowAutoRedirect);
        Assert.False(handler.UseCookies);
        Assert.Same(proxy, handler.Proxy);
        Assert.True(handler.EnableMultipleHttp2Connections);
    }

    [Fact]
    public void Default_settings_fit_the_transport()
    {
        using var handler = new SocketsHttpHandler().UseTachyon("/run/never-used");

        // A response that takes the window to zero can be lost by a race in Kestrel.
        Assert.InRange(handler.InitialHttp2StreamWindowSize, 1024 * 1024, int.MaxValue);

        // Rings cost more to make than to keep.
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.PooledConnectionIdleTimeout);
        Assert.False(handler.UseProxy);
        Assert.True(handler.EnableMultipleHttp2Connections);
    }

    [Fact]
    public void Handler_made_for_a_channel_does_nothing_that_gRPC_has_no_use_for()
    {
        using var ours = Assert.IsType<DelegatingHandler>(new GrpcChannelOptions().UseTachyon("/run/never-used").HttpHandler, exactMatch: false);
        var made = Assert.IsType<SocketsHttpHandler>(ours.InnerHandler);
        using var brought = new SocketsHttpHandler();
        new GrpcChannelOptions { HttpHandler = brought }.UseTachyon("/run/never-used");

        Assert.False(made.AllowAutoRedirect);
        Assert.False(made.UseCookies);

        // Other code may use it for other requests.
        Assert.True(brought.AllowAutoRedirect);
        Assert.True(brought.UseCookies);
    }

    [Fact]
    public void Handler_that_connects_elsewhere_is_refused()
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = static (_, _) => throw new NotSupportedException() };

        Assert.Throws<InvalidOperationException>(() => handler.UseTachyon("/run/never-used"));
    }

    [Fact]
    public void Options_with_a_client_of_their_own_are_refused()
    {
        using var client = new HttpClient();

        Assert.Throws<InvalidOperationException>(() => new GrpcChannelOptions { HttpClient = client }.UseTachyon("/run/never-used"));
    }

    [Fact]
    public void Options_with_a_handler_of_another_kind_are_refused()
    {
        using var handler = new KnownHandler();

        var exception = Assert.Throws<InvalidOperationException>(() => new GrpcChannelOptions { HttpHandler = handler }.UseTachyon("/run/never-used"));

        Assert.Contains("'KnownHandler': put a SocketsHttpHandler or an HttpClientHandler", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copy_of_a_handler_has_each_setting_of_it()
    {
        var values = new Dictionary<string, object>
        {
            ["ActivityHeadersPropagator"] = System.Diagnostics.DistributedContextPropagator.CreateNoOutputPropagator(),
            ["AutomaticDecompression"] = DecompressionMethods.Brotli,
            ["CookieContainer"] = new CookieContainer(),
            ["Credentials"] = new NetworkCredential("a", "b"),
            ["DefaultProxyCredentials"] = new NetworkCredential("c", "d"),
            ["InitialHttp2StreamWindowSize"] = 128 * 1024,
            ["KeepAlivePingPolicy"] = HttpKeepAlivePingPolicy.WithActiveRequests,
            ["MeterFactory"] = new NoMeters(),
            ["PlaintextStreamFilter"] =
                (Func<SocketsHttpPlaintextStreamFilterContext, CancellationToken, ValueTask<Stream>>)(
                    static (context, _) => new(context.PlaintextStream)),
            ["Proxy"] = new WebProxy("http://localhost:1"),
            ["RequestHeaderEncodingSelector"] = (HeaderEncodingSelector<HttpRequestMessage>)(static (_, _) => null),
            ["ResponseHeaderEncodingSelector"] = (HeaderEncodingSelector<HttpRequestMessage>)(static (_, _) => null),
            ["SslOptions"] = new System.Net.Security.SslClientAuthenticationOptions(),
        };
        using var brought = new SocketsHttpHandler();
        brought.Properties["mine"] = "kept";
        var settings = typeof(SocketsHttpHandler).GetProperties().Where(static setting => setting.CanWrite && setting.Name != "ConnectCallback").ToList();
        foreach (var setting in settings)
        {
            // Cookies are copied where they are used.
            setting.SetValue(brought, setting.GetValue(brought) switch
            {
                _ when values.TryGetValue(setting.Name, out var value) => value,
                bool flag => setting.Name == "UseCookies" || !flag,
                int => 7,
                TimeSpan => TimeSpan.FromSeconds(17),
                _ => throw new InvalidOperationException($"The test has no value for the setting {setting.Name}."),
            });
        }

        using var ours = Assert.IsType<DelegatingHandler>(
            new GrpcChannelOptions { HttpHandler = brought }.UseTachyon("/run/never-used").HttpHandler, exactMatch: false);
        var copy = Assert.IsType<SocketsHttpHandler>(ours.InnerHandler);

        Assert.InRange(settings.Count, 30, 100);
        Assert.All(settings, setting => Assert.Equal(setting.GetValue(brought), setting.GetValue(copy)));
        Assert.Equal("kept", copy.Properties["mine"]);
        Assert.Null(brought.ConnectCallback);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Choice_of_one_connection_is_kept(bool several)
    {
        using var brought = new SocketsHttpHandler { EnableMultipleHttp2Connections = several };

        using var ours = Assert.IsType<DelegatingHandler>(
            new GrpcChannelOptions { HttpHandler = brought }.UseTachyon("/run/never-used").HttpHandler, exactMatch: false);

        Assert.Equal(several, Assert.IsType<SocketsHttpHandler>(ours.InnerHandler).EnableMultipleHttp2Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HttpClientHandler_keeps_its_certificate_validation(bool accepts)
    {
        var asked = 0;
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = static listen => listen.UseHttps(TestCertificate.Value),
        });
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (request, certificate, _, _) =>
            {
                Interlocked.Increment(ref asked);
                return accepts && request.RequestUri!.Host == "localhost" && certificate!.Thumbprint == TestCertificate.Value.Thumbprint;
            },
        };
        using var channel = TachyonChannel.ForAddress($"https://tachyon:{server.Path}", channelOptions: new GrpcChannelOptions { HttpHandler = handler });

        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync;

        if (accepts)
        {
            await call.Within("the call");
        }
        else
        {
            await CallAssert.FailsAsync(call, "a call to a server whose certificate is refused", StatusCode.Internal, StatusCode.Unavailable);
        }

        Assert.InRange(asked, 1, 10);
    }

    [Fact]
    public async Task Handler_below_other_handlers_is_found()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        var counter = new CountingHandler(new CountingHandler(new SocketsHttpHandler()));
        using var channel = GrpcChannel.ForAddress(
            TestTransport.Address, new GrpcChannelOptions { HttpHandler = counter, DisposeHttpClient = true }.UseTachyon(server.Path));

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call through a chain of handlers");

        Assert.Equal(1, counter.Requests);
    }

    [Fact]
    public async Task Limit_of_connections_is_obeyed()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = static listen => listen.Protocols = HttpProtocols.Http1,
            Application = WebEndpoints.Map,
        });
        using var client = new HttpClient(server.CreateHandler(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }))
        {
            BaseAddress = TestTransport.Address,
        };

        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.GetAsync("/hello"))).Within("10 pages");

        Assert.Single(responses.Select(static response => response.Headers.GetValues(WebEndpoints.ConnectionHeader).Single()).Distinct());
    }

    [Fact]
    public async Task Connection_is_kept_while_idle_and_closed_with_its_channel()
    {
        var connections = 0;
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = listen => listen.Use(next => async context =>
            {
                Interlocked.Increment(ref connections);
                await next(context);
                closed.TrySetResult();
            }),
        });
        using (var channel = server.CreateChannel())
        {
            for (var index = 0; index < 10; index++)
            {
                await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within($"call {index}");
            }

            Assert.Equal(1, connections);
            Assert.False(closed.Task.IsCompleted);
        }

        await closed.Task.Within("the end of the connection after its channel");
    }

    [Fact]
    public async Task Handler_made_for_a_channel_connects_no_more_once_it_is_disposed()
    {
        var ours = Assert.IsType<DelegatingHandler>(new GrpcChannelOptions().UseTachyon("/run/never-used").HttpHandler, exactMatch: false);
        var made = Assert.IsType<SocketsHttpHandler>(ours.InnerHandler);

        ours.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await made.ConnectCallback!(null!, CancellationToken.None));
    }

    [Fact]
    public async Task Channel_that_is_disposed_within_its_first_call_leaves_no_connection()
    {
        const int Channels = 200;
        var connections = 0;
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = listen => listen.Use(next => async context =>
            {
                Interlocked.Increment(ref connections);
                await next(context);
                Interlocked.Decrement(ref connections);
            }),
        });

        for (var index = 0; index < Channels; index++)
        {
            AsyncUnaryCall<Payload> call;
            using (var channel = TachyonChannel.ForAddress(server.Path))
            {
                call = new Hold.HoldClient(channel).UnaryAsync(new Payload());
            }

            // Internal where gRPC finds its own handler disposed, just before it sends.
            await CallAssert.FailsAsync(call.ResponseAsync, $"call {index}", StatusCode.Cancelled, StatusCode.Internal);
        }

        // One more, so that a connection of the others has come by now, if one does.
        using var last = server.CreateChannel();
        await new Echo.EchoClient(last).UnaryAsync(new Payload()).ResponseAsync.Within("a call of another channel");
        await Watchdog.Until(() => Volatile.Read(ref connections) == 1, "the end of the other channels' connections");
    }

    private sealed class CountingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private int _requests;

        public int Requests => Volatile.Read(ref _requests);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _requests);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class KnownHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => throw new NotSupportedException();
    }

    private sealed class NoMeters : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options)
            => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
