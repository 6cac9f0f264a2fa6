using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>TLS on the endpoint: Kestrel and HttpClient then see the transport through SslStream instead of directly.</summary>
public sealed class HttpsTests
{
    [Theory]
    [OverTransports]
    public async Task Calls_of_every_kind_pass_through_tls(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server(HttpProtocols.Http2));
        using var channel = TestTransport.CreateChannel(
            TestCertificate.Trust(server.CreateHandler()), address: TestTransport.SecureAddress);
        var echo = new Echo.EchoClient(channel);

        PayloadAssert.Is(await echo.UnaryAsync(Content.Create(1, 100_000)).ResponseAsync.Within("the unary call"), 1, 100_000);

        using var collect = echo.Collect();
        await collect.RequestStream.WriteAsync(Content.Create(0, 1_000_000)).Within("a large write");
        await collect.RequestStream.CompleteAsync().Within("the end of the client's stream");
        PayloadAssert.Is(await collect.ResponseAsync.Within("the summary"), 1, 1_000_000);

        using var expand = echo.Expand(new ExpandRequest { Messages = 3, Size = 1_000_000 });
        for (var index = 0; index < 3; index++)
        {
            Assert.True(await expand.ResponseStream.MoveNext(CancellationToken.None).Within($"message {index}"));
            PayloadAssert.Is(expand.ResponseStream.Current, index, 1_000_000);
        }

        using var duplex = echo.Duplex();
        for (var index = 0; index < 100; index++)
        {
            await duplex.RequestStream.WriteAsync(Content.Create(index, 64)).Within($"write {index}");
            Assert.True(await duplex.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
            PayloadAssert.Is(duplex.ResponseStream.Current, index, 64);
        }
    }

    [Theory]
    [OverTransports(HttpProtocols.Http1, HttpProtocols.Http2)]
    public async Task Protocol_is_negotiated_by_alpn(TransportKind transport, HttpProtocols offered)
    {
        // The server speaks both; what the client asks for decides.
        await using var server = await TestServer.StartAsync(transport, Server(HttpProtocols.Http1AndHttp2));
        using var client = new HttpClient(TestCertificate.Trust(server.CreateHandler()))
        {
            BaseAddress = TestTransport.SecureAddress,
            DefaultRequestVersion = offered == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var page = await client.GetStringAsync("/hello").Within("the page");

        Assert.Equal(offered == HttpProtocols.Http2 ? "hello over HTTP/2 https" : "hello over HTTP/1.1 https", page);
    }

    [Theory]
    [OverTransports(Spin = false)]
    public async Task Untrusted_certificate_is_refused(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server(HttpProtocols.Http2));
        using var channel = TestTransport.CreateChannel(server.CreateHandler(), address: TestTransport.SecureAddress);

        var exception = await CallAssert.FailsAsync(
            new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync,
            "a call to a server that is not trusted",
            StatusCode.Internal,
            StatusCode.Unavailable);

        Assert.Contains("SSL", exception.Status.Detail, StringComparison.Ordinal);
    }

    private static TestApplicationOptions Server(HttpProtocols protocols) => new()
    {
        Listen = listen =>
        {
            listen.Protocols = protocols;
            listen.UseHttps(TestCertificate.Value);
        },
        Application = WebEndpoints.Map,
    };
}
