using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>
/// The inspector decides in the stress tests whether a hang is a bug of the transport or of Kestrel. Here each kind of hang is made on
/// purpose, so that its verdicts can be trusted; over a plain socket, since it looks at Kestrel and HttpClient alone.
/// </summary>
public sealed class Http2StreamInspectorTests
{
    private const TransportKind Reference = TransportKind.UnixSocket;

    [Fact]
    public async Task Producer_that_stays_scheduled_is_kestrels_race()
    {
        await using var server = await TestServer.StartAsync(Reference);
        using var channel = server.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        // Kestrel keeps the stream objects of finished calls for the next ones. Poison each of them once its call is over, as the race
        // does, until a call gets one.
        AsyncUnaryCall<Payload> call;
        string id;
        do
        {
            id = CallIds.Next();
            call = echo.UnaryAsync(Content.Create(1, 64), CallIds.Header(id));
            await Watchdog.Until(
                () => call.ResponseAsync.IsCompleted || server.Streams.Classify(id) == StuckCall.KestrelOutputRace,
                "a call that returns or is stuck");
            server.Streams.StateOf(id)!.Poison();
        }
        while (call.ResponseAsync.IsCompletedSuccessfully);

        Assert.False(call.ResponseAsync.IsCompleted);
        Assert.Equal(StuckCall.KestrelOutputRace, server.Streams.Classify(id));
        server.Streams.StateOf(id)!.Heal();
        call.Dispose();
    }

    [Fact]
    public async Task Handler_that_does_not_return_is_classified()
    {
        await using var server = await TestServer.StartAsync(Reference);
        using var channel = server.CreateChannel();
        using var call = HeldCall.Open(CallKind.Unary, channel);
        await server.Probe.Call(call.Id).Started.Within("the start of the call");

        Assert.Equal(StuckCall.HandlerRunning, server.Streams.Classify(call.Id));
    }

    [Fact]
    public async Task Request_that_does_not_arrive_is_classified()
    {
        await using var server = await TestServer.StartAsync(Reference);
        var (channel, stream) = await ConnectAsync(server);
        using var ownedChannel = channel;
        stream.CloseWrites();

        var id = CallIds.Next();
        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload(), CallIds.Header(id)).ResponseAsync;

        Assert.Equal(StuckCall.NotReceived, server.Streams.Classify(id));
        stream.Open();
        await call.Within("the call after the gate was opened");
    }

    [Fact]
    public async Task Response_that_does_not_arrive_is_classified()
    {
        await using var server = await TestServer.StartAsync(Reference);
        var (channel, stream) = await ConnectAsync(server);
        using var ownedChannel = channel;
        stream.CloseReads();

        var id = CallIds.Next();
        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload(), CallIds.Header(id)).ResponseAsync;

        await Watchdog.Until(
            () => server.Streams.Classify(id) == StuckCall.ResponseSent && server.Streams.StateOf(id)!.CompletedResponse,
            "a response that Kestrel has sent");
        Assert.False(call.IsCompleted);
        stream.Open();
        await call.Within("the call after the gate was opened");
    }

    [Fact]
    public async Task Flush_that_does_not_complete_is_classified()
    {
        await using var server = await TestServer.StartAsync(Reference);

        // Windows larger than the response: what holds it up is the socket, and not HTTP/2.
        var (channel, stream) = await ConnectAsync(server, window: 16 * 1024 * 1024);
        using var ownedChannel = channel;
        stream.CloseReads();

        var id = CallIds.Next();
        using var call = new Echo.EchoClient(channel).Expand(new ExpandRequest { Messages = 8, Size = 1024 * 1024 }, CallIds.Header(id));

        await Watchdog.Until(
            () => server.Streams.Classify(id) == StuckCall.FlushPending, "a flush of the server that waits for the client");
        stream.Open();
        for (var index = 0; index < 8; index++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"message {index} after the gate was opened"));
            PayloadAssert.Is(call.ResponseStream.Current, index, 1024 * 1024);
        }
    }

    /// <summary>A channel with one connection, through a stream that the test can close.</summary>
    private static async Task<(GrpcChannel Channel, GatedStream Stream)> ConnectAsync(TestServer server, int? window = null)
    {
        GatedStream? gated = null;
        var handler = server.CreateHandler();
        handler.InitialHttp2StreamWindowSize = window ?? handler.InitialHttp2StreamWindowSize;
        handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(gated = new GatedStream(context.PlaintextStream));
        var channel = TestTransport.CreateChannel(handler);

        // Also makes sure that the SETTINGS of both sides have crossed.
        await new Echo.EchoClient(channel).UnaryAsync(Content.Create(0, 100_000)).ResponseAsync.Within("the first call");
        return (channel, gated!);
    }
}
