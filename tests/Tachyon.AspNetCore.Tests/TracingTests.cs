using System.Collections.Concurrent;
using System.Diagnostics;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests;

/// <summary>The spans of ASP.NET Core and HttpClient are what they are over a Unix socket, and a trace goes through.</summary>
[Collection(Serial.Name)]
public sealed class TracingTests
{
    private const string Client = "System.Net.Http.HttpRequestOut";
    private const string Server = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    [Theory]
    [OverTransports]
    public async Task The_trace_goes_from_the_caller_to_the_handler(TransportKind transport)
    {
        (var caller, var client, var server) = await TraceAsync(transport);

        // Between the caller and HttpClient is a span of the gRPC client.
        Assert.Equal(caller.TraceId, client.TraceId);
        Assert.Equal(caller.TraceId, server.TraceId);
        Assert.Equal(client.SpanId, server.ParentSpanId);
    }

    [Fact]
    public async Task The_spans_are_those_of_a_unix_socket()
    {
        (_, var client, var server) = await TraceAsync(TransportKind.Adaptive);
        (_, var socketClient, var socketServer) = await TraceAsync(TransportKind.UnixSocket);

        Assert.Equal(Describe(socketClient), Describe(client));
        Assert.Equal(Describe(socketServer), Describe(server));
    }

    private static async Task<(Activity Caller, Activity Client, Activity Server)> TraceAsync(TransportKind transport)
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "System.Net.Http" or "Microsoft.AspNetCore",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var caller = new Activity("caller").Start();
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        // The server's span ends after the client has its answer.
        await Watchdog.Until(() => Ours().Count() == 2, "the spans of both sides");
        return (
            caller,
            Ours().Single(static span => span.OperationName == Client),
            Ours().Single(static span => span.OperationName == Server));

        IEnumerable<Activity> Ours() => stopped.Where(span => span.TraceId == caller.TraceId && span.OperationName is Client or Server);
    }

    private static string Describe(Activity span)
        => $"{span.Source.Name} {span.Kind} {span.DisplayName} {span.Status}: {string.Join(", ", span.TagObjects.OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"))}";
}
