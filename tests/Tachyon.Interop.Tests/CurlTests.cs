using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Interop.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Interop.Tests;

/// <summary>Plain HTTP at the path of a Tachyon endpoint: curl reads a route, and so does an HttpClient over shared memory.</summary>
public sealed class CurlTests
{
    [RequiresTheory("curl")]
    [InlineData(HttpProtocols.Http1, "--http1.1", "HTTP/1.1 http")]
    [InlineData(HttpProtocols.Http2, "--http2-prior-knowledge", "HTTP/2 http")]
    public async Task Curl_reads_a_route(HttpProtocols protocols, string option, string expected)
    {
        await using var server = await OpenServer.StartAsync(
            TransportKind.Adaptive, new TestApplicationOptions { Listen = listen => listen.Protocols = protocols });
        using var ours = Client(server, new SocketsHttpHandler(), protocols, TestTransport.Address);

        Assert.Equal($"{expected} over a socket", await CurlAsync(server, option, "http://localhost/hello"));
        Assert.Equal($"{expected} over shared memory", await ours.GetStringAsync("/hello").Within("the answer over shared memory"));
        await AssertEchoAsync(server, option, "http://localhost/echo");
    }

    [RequiresTheory("curl")]
    [InlineData(HttpProtocols.Http1, "--http1.1", "HTTP/1.1 https")]
    [InlineData(HttpProtocols.Http2, "--http2", "HTTP/2 https")]
    public async Task Curl_reads_a_route_through_tls(HttpProtocols protocols, string option, string expected)
    {
        await using var server = await OpenServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            // The server speaks both; what the client offers decides (ALPN).
            Listen = listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(TestCertificate.Value);
            },
        });
        using var ours = Client(server, TestCertificate.Trust(new SocketsHttpHandler()), protocols, TestTransport.SecureAddress);
        var trusted = TestCertificate.WriteTo(server.NewFile("trusted.pem"));

        Assert.Equal($"{expected} over a socket", await CurlAsync(server, option, "--cacert", trusted, "https://localhost/hello"));
        Assert.Equal($"{expected} over shared memory", await ours.GetStringAsync("/hello").Within("the answer over shared memory"));
        await AssertEchoAsync(server, option, "--cacert", trusted, "https://localhost/echo");
    }

    private static async Task AssertEchoAsync(OpenServer server, params string[] arguments)
    {
        var sent = RandomNumberGenerator.GetBytes(4 * 1024 * 1024);
        var source = server.NewFile("sent");
        var target = server.NewFile("received");
        await File.WriteAllBytesAsync(source, sent);

        await CurlAsync(server, ["--data-binary", $"@{source}", "--header", "Content-Type: application/octet-stream", "--output", target, .. arguments]);

        var received = await File.ReadAllBytesAsync(target);
        Assert.True(sent.AsSpan().SequenceEqual(received), "4 MiB came back changed.");
    }

    private static Task<string> CurlAsync(OpenServer server, params string[] arguments)
        => ForeignProgram.RunAsync("curl", ["--silent", "--show-error", "--fail", "--unix-socket", server.Path, .. arguments]);

    private static HttpClient Client(OpenServer server, SocketsHttpHandler handler, HttpProtocols protocol, Uri address)
        => new(server.Transport.Attach(handler, server.Path))
        {
            BaseAddress = address,
            DefaultRequestVersion = protocol == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
}
