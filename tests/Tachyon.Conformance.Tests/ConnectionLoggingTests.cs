using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>
/// Connection middleware puts a stream between the transport's pipes and Kestrel. Connection logging is the one that every project has.
/// </summary>
public sealed class ConnectionLoggingTests
{
    private const string LoggerName = "wire";

    [Theory]
    [OverTransports]
    public async Task Calls_pass_through_connection_logging(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Listen = static listen => listen.UseConnectionLogging(LoggerName),
        });
        using var channel = server.CreateChannel();

        await ConverseAsync(new Echo.EchoClient(channel));

        AssertLogged(server);
    }

    [Theory]
    [OverTransports(Spin = false)]
    public async Task Calls_pass_through_connection_logging_on_both_sides_of_tls(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Listen = static listen =>
            {
                listen.UseConnectionLogging(LoggerName);
                listen.UseHttps(TestCertificate.Value);
                listen.UseConnectionLogging(LoggerName);
            },
        });
        using var channel = TestTransport.CreateChannel(
            TestCertificate.Trust(server.CreateHandler()), address: TestTransport.SecureAddress);

        await ConverseAsync(new Echo.EchoClient(channel));

        AssertLogged(server);
    }

    [Theory]
    [OverTransports(Spin = false)]
    public async Task Http1_passes_through_connection_logging(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Listen = static listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseConnectionLogging(LoggerName);
            },
            Application = WebEndpoints.Map,
        });
        using var client = new HttpClient(server.CreateHandler()) { BaseAddress = TestTransport.Address };
        var body = Content.Create(1, 50_000).Data.ToByteArray();

        using var response = await client.PostAsync("/echo", new ByteArrayContent(body)).Within("the response");

        var received = await response.Content.ReadAsByteArrayAsync().Within("the body");
        Assert.True(body.AsSpan().SequenceEqual(received));
        AssertLogged(server);
    }

    private static async Task ConverseAsync(Echo.EchoClient echo)
    {
        PayloadAssert.Is(await echo.UnaryAsync(Content.Create(1, 50_000)).ResponseAsync.Within("the unary call"), 1, 50_000);
        using var call = echo.Duplex();
        for (var index = 0; index < 20; index++)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, 100)).Within($"write {index}");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
            PayloadAssert.Is(call.ResponseStream.Current, index, 100);
        }
    }

    private static void AssertLogged(TestServer server)
    {
        var lines = server.Logs.Entries.Where(static entry => entry.Category == LoggerName).Select(static entry => entry.Message).ToList();
        Assert.Contains(lines, static line => line.StartsWith("ReadAsync[", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("WriteAsync[", StringComparison.Ordinal));
    }
}
