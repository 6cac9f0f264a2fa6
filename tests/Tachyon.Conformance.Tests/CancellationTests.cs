using Grpc.Core;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>A client that gives up a call in its middle: both sides notice, and the connection stays good.</summary>
public sealed class CancellationTests
{
    [Theory]
    [OverTransports(CallKind.Unary, CallKind.ClientStream, CallKind.ServerStream, CallKind.Duplex, Invoker = true)]
    public async Task Cancelled_token_ends_the_call_on_both_sides(TransportKind transport, CallKind kind)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var cancellation = new CancellationTokenSource();
        using var call = HeldCall.Open(kind, channel, new CallOptions(cancellationToken: cancellation.Token));
        await ReachTheMiddleAsync(server, call);

        await cancellation.CancelAsync();

        await AssertCancelledAsync(server, channel, call);
    }

    [Theory]
    [OverTransports(CallKind.Unary, CallKind.ClientStream, CallKind.ServerStream, CallKind.Duplex, Invoker = true)]
    public async Task Disposed_call_ends_on_both_sides(TransportKind transport, CallKind kind)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var call = HeldCall.Open(kind, channel);
        await ReachTheMiddleAsync(server, call);

        call.Dispose();

        await AssertCancelledAsync(server, channel, call);
    }

    [Theory]
    [OverTransports]
    public async Task Cancelled_flood_stops_the_server(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var cancellation = new CancellationTokenSource();
        var id = CallIds.Next();
        using var call = new Flow.FlowClient(channel)
            .Flood(new FloodRequest { Size = 16 * 1024 }, CallIds.Header(id), cancellationToken: cancellation.Token);
        for (var index = 0; index < 50; index++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"message {index} of the flood"));
        }

        await cancellation.CancelAsync();

        await CallAssert.CancelledAsync(ReadToTheEndAsync(call.ResponseStream), "the cancelled flood");
        await server.Probe.Call(id).Cancelled.Within("the cancellation of the flood in the server");
        await server.Probe.Call(id).Finished.Within("the end of the flood's handler");
        await AssertStillGoodAsync(channel);
    }

    [Theory]
    [OverTransports]
    public async Task Cancelled_upload_stops_the_server(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var cancellation = new CancellationTokenSource();
        var id = CallIds.Next();
        using var call = new Flow.FlowClient(channel).Drain(CallIds.Header(id), cancellationToken: cancellation.Token);
        for (var index = 0; index < 50; index++)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, 16 * 1024), CancellationToken.None).Within($"write {index}");
        }

        await cancellation.CancelAsync();

        await CallAssert.CancelledAsync(call.ResponseAsync, "the cancelled upload");
        await server.Probe.Call(id).Cancelled.Within("the cancellation of the upload in the server");
        await server.Probe.Call(id).Finished.Within("the end of the upload's handler");
        await AssertStillGoodAsync(channel);
    }

    [Theory]
    [OverTransports]
    public async Task Cancelling_one_call_leaves_its_neighbors_alone(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var neighbor = HeldCall.Open(CallKind.Duplex, channel);
        using var cancelled = HeldCall.Open(CallKind.Duplex, channel);
        await ReachTheMiddleAsync(server, neighbor);
        await ReachTheMiddleAsync(server, cancelled);

        cancelled.Dispose();
        await server.Probe.Call(cancelled.Id).Cancelled.Within("the cancellation in the server");

        Assert.False(server.Probe.Call(neighbor.Id).Cancelled.IsCompleted);
        server.Probe.Call(neighbor.Id).Release();
        await neighbor.Completion.Within("the end of the neighbor");
    }

    private static async Task ReachTheMiddleAsync(TestServer server, HeldCall call)
    {
        await server.Probe.Call(call.Id).Started.Within($"the start of the {call.Kind} call in the server");
        if (call.Kind is CallKind.ServerStream or CallKind.Duplex)
        {
            await call.FirstMessage.Within($"the first message of the {call.Kind} call");
        }
    }

    private static async Task AssertCancelledAsync(TestServer server, ChannelBase channel, HeldCall call)
    {
        await CallAssert.CancelledAsync(call.Completion, $"the cancelled {call.Kind} call");
        await server.Probe.Call(call.Id).Cancelled.Within($"the cancellation of the {call.Kind} call in the server");
        await server.Probe.Call(call.Id).Finished.Within($"the end of the {call.Kind} call's handler");
        await AssertStillGoodAsync(channel);
    }

    private static async Task AssertStillGoodAsync(ChannelBase channel)
    {
        var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 100)).ResponseAsync.Within("a call afterwards");
        PayloadAssert.Is(reply, 1, 100);
    }

    private static async Task ReadToTheEndAsync(IAsyncStreamReader<Payload> responses)
    {
        while (await responses.MoveNext(CancellationToken.None))
        {
        }
    }
}
