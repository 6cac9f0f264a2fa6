using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Kestrel ends a connection that broke a rule of HTTP/2 with GOAWAY, and the calls must say so.</summary>
public sealed class GoAwayTests
{
    [Theory]
    [OverTransports(Spin = false, Mixed = false, Reference = false)]
    public async Task Calls_of_a_connection_that_the_server_ended_never_see_a_reset(TransportKind transport)
    {
        var failures = new ConcurrentBag<string>();
        for (var round = 0; round < 15; round++)
        {
            await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
            {
                Kestrel = static kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 10,

                // Without a look at the abort: streams are active when the connection ends.
                Application = static app => app.Use(static async (context, next) =>
                {
                    await Task.Delay(50);
                    await next(context);
                }),
            });

            // HttpClient opens more streams than allowed on one connection: sometimes one that Kestrel takes for closed.
            var handler = server.CreateHandler(new SocketsHttpHandler { EnableMultipleHttp2Connections = false });
            using var channel = TestTransport.CreateChannel(handler);
            var echo = new Echo.EchoClient(channel);
            await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
            {
                try
                {
                    await echo.UnaryAsync(new Payload());
                }
                catch (RpcException exception)
                {
                    failures.Add(exception.Status.Detail);
                }
            })).Within("100 calls");
        }

        string[] resets = [.. failures.Where(static detail => detail.Contains("TachyonConnectionResetException", StringComparison.Ordinal))];
        Assert.True(resets.Length == 0, $"{resets.Length} of {failures.Count} failures are resets: {resets.FirstOrDefault()}");
        Assert.Contains(failures, static detail => detail.Contains("STREAM_CLOSED", StringComparison.Ordinal));
    }
}
