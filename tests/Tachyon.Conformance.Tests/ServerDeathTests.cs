using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>
/// The server's process is killed. It sends no end: what a socket learns from the kernel, the transport has to learn too.
/// Every call has to end, and as it does over a socket: Unavailable, which tells the caller that trying again makes sense.
/// </summary>
[Trait("Category", "Long")]
public sealed class ServerDeathTests
{
    private const int Size = 4096;

    /// <summary>Messages after which a stream counts as being in its middle.</summary>
    private const int Middle = 100;

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Waiting_calls_of_every_kind_end(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport);
        var calls = HeldCall.Kinds.Select(kind => HeldCall.Open(kind, setup.Channel)).ToList();
        await calls[(int)CallKind.ServerStream].FirstMessage.Within("the server stream's first message");
        await calls[(int)CallKind.Duplex].FirstMessage.Within("the duplex stream's first message");

        // An answer on the same connection: what was sent before it has arrived.
        await PingAsync(setup.Channel);
        Assert.All(calls, static call => Assert.False(call.Completion.IsCompleted));

        await setup.Server.KillAsync();

        foreach (var call in calls)
        {
            await CallAssert.FailsAsync(call.Completion, $"the {call.Kind} call to a killed server", StatusCode.Unavailable);
            call.Dispose();
        }
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Stream_from_the_server_ends(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport);
        using var call = new Flow.FlowClient(setup.Channel).Flood(new FloodRequest { Size = Size });
        var traffic = new DuplexTraffic();
        var reading = traffic.ReadToTheEndAsync(call.ResponseStream, Size);
        await Watchdog.Until(() => reading.IsCompleted || traffic.Received > Middle, "the middle of the flood");

        await setup.Server.KillAsync();

        await CallAssert.FailsAsync(reading, "the flood of a killed server", StatusCode.Unavailable);
        Assert.InRange(traffic.Received, Middle, long.MaxValue);
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Stream_to_the_server_ends(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport);
        using var call = new Flow.FlowClient(setup.Channel).Drain();
        var traffic = new DuplexTraffic();
        var writing = traffic.WriteForeverAsync(call.RequestStream, Size);
        await Watchdog.Until(() => writing.IsCompleted || traffic.Sent > Middle, "the middle of the upload");

        await setup.Server.KillAsync();

        await CallAssert.FailsAsync(call.ResponseAsync, "the upload to a killed server", StatusCode.Unavailable);
        AssertFailedWrite(await CallAssert.EndsAsync(writing, "the writes to a killed server"));
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Streams_in_both_directions_end(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport);
        using var call = new Flow.FlowClient(setup.Channel).Both();
        var traffic = new DuplexTraffic();
        var writing = traffic.WriteForeverAsync(call.RequestStream, Size);
        var reading = traffic.ReadToTheEndAsync(call.ResponseStream, Size);
        await Watchdog.Until(
            () => writing.IsCompleted || reading.IsCompleted || (traffic.Sent > Middle && traffic.Received > Middle),
            "the middle of both streams");

        await setup.Server.KillAsync();

        await CallAssert.FailsAsync(reading, "the stream of a killed server", StatusCode.Unavailable);
        AssertFailedWrite(await CallAssert.EndsAsync(writing, "the writes to a killed server"));
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Writer_that_waits_for_a_window_ends(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport);

        // The handler reads nothing, so the HTTP/2 window is used up and stays so.
        using var call = new Hold.HoldClient(setup.Channel).ClientStream();
        var traffic = new DuplexTraffic();
        var writing = traffic.WriteForeverAsync(call.RequestStream, Size);
        await Watchdog.StandstillAsync(() => traffic.Sent, "the standstill of the client's writes");
        Assert.False(writing.IsCompleted);

        await setup.Server.KillAsync();

        await CallAssert.FailsAsync(call.ResponseAsync, "the blocked upload to a killed server", StatusCode.Unavailable);
        AssertFailedWrite(await CallAssert.EndsAsync(writing, "the blocked write to a killed server"));
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Writer_that_waits_for_space_in_the_transport_ends(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport, new ClientTuning { BufferBytes = 64 * 1024 });
        await PingAsync(setup.Channel);

        // Nothing in the server runs any more, so nothing takes bytes out of the transport. The calls need more than it holds, all
        // together less than the connection's HTTP/2 window: it is the transport that is full.
        setup.Server.Signal(Signals.Stop);
        var echo = new Echo.EchoClient(setup.Channel);
        var calls = Enumerable.Range(0, 20).Select(index => echo.UnaryAsync(Content.Create(index, 20_000)).ResponseAsync).ToList();
        using var stream = new Flow.FlowClient(setup.Channel).Drain();
        var traffic = new DuplexTraffic();
        var writing = traffic.WriteForeverAsync(stream.RequestStream, Size);
        await Watchdog.StandstillAsync(() => traffic.Sent, "the standstill of the client's writes", atLeast: 0);
        Assert.False(writing.IsCompleted);

        await setup.Server.KillAsync();

        await CallAssert.FailsAsync(stream.ResponseAsync, "the blocked upload to a killed server", StatusCode.Unavailable);
        AssertFailedWrite(await CallAssert.EndsAsync(writing, "the blocked write to a killed server"));
        foreach (var call in calls)
        {
            await CallAssert.FailsAsync(call, "a blocked call to a killed server", StatusCode.Unavailable);
        }
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Suspended_server_goes_on_where_it_was(TransportKind transport)
    {
        // The counterpart: a peer that stands still is not dead, however long it does.
        await using var setup = await Setup.StartAsync(transport, new ClientTuning { BufferBytes = 64 * 1024 });
        await PingAsync(setup.Channel);
        setup.Server.Signal(Signals.Stop);
        var echo = new Echo.EchoClient(setup.Channel);
        var calls = Enumerable.Range(0, 20).Select(index => echo.UnaryAsync(Content.Create(index, 20_000)).ResponseAsync).ToList();
        using var stream = new Flow.FlowClient(setup.Channel).Drain();
        var traffic = new DuplexTraffic();
        var writing = traffic.WriteForeverAsync(stream.RequestStream, Size);
        var stoppedAt = await Watchdog.StandstillAsync(() => traffic.Sent, "the standstill of the client's writes", atLeast: 0);
        Assert.All(calls, static call => Assert.False(call.IsCompleted));

        setup.Server.Signal(Signals.Continue);

        for (var index = 0; index < calls.Count; index++)
        {
            PayloadAssert.Is(await calls[index].Within($"call {index} after the server went on"), index, 20_000);
        }

        await Watchdog.Until(() => writing.IsCompleted || traffic.Sent > stoppedAt + Middle, "more writes after the server went on");
        Assert.False(writing.IsCompleted);
        stream.Dispose();
        AssertFailedWrite(await CallAssert.EndsAsync(writing, "the writes of a cancelled call"));
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Channel_finds_the_successor_of_a_killed_server(TransportKind transport)
    {
        await using var setup = await Setup.StartAsync(transport);
        var generations = TestSize.Of(usual: 1, full: 3);
        for (var generation = 0; generation < generations; generation++)
        {
            Assert.Equal(setup.Server.Id, await PingAsync(setup.Channel));
            await setup.Server.KillAsync();
            await CallAssert.FailsAsync(
                new Identity.IdentityClient(setup.Channel).WhoAsync(new Nothing()).ResponseAsync,
                "a call to a dead server",
                StatusCode.Unavailable);

            // On the same path, where the dead server has left its socket.
            await setup.RestartAsync();
        }

        Assert.Equal(setup.Server.Id, await PingAsync(setup.Channel));
    }

    /// <summary>A call that has to succeed; returns the process id of the server that answered.</summary>
    private static async Task<int> PingAsync(ChannelBase channel)
        => (await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("a call to a live server")).ProcessId;

    /// <summary>
    /// A write fails with the status of its call, with what HttpClient said of the connection, or because there is no call any more:
    /// that depends on who notices first, over a socket as well.
    /// </summary>
    private static void AssertFailedWrite(Exception? exception) => Assert.True(
        exception is RpcException or IOException or InvalidOperationException or OperationCanceledException,
        $"The write ended with {exception}");

    private sealed class Setup : IAsyncDisposable
    {
        private readonly TransportKind _transport;
        private readonly TempDirectory _directory = new();

        private Setup(TransportKind transport, ClientTuning? tuning)
        {
            _transport = transport;
            Channel = TestTransport.For(transport).CreateChannel(Path, tuning: tuning);
        }

        public GrpcChannel Channel { get; }

        public ChildProgram Server { get; private set; } = null!;

        private string Path => _directory.FilePath("s");

        public static async Task<Setup> StartAsync(TransportKind transport, ClientTuning? tuning = null)
        {
            var setup = new Setup(transport, tuning);
            setup.Server = await HostProgram.StartAsync(HostRole.Server, transport, setup.Path);
            return setup;
        }

        public async Task RestartAsync()
        {
            await Server.DisposeAsync();
            Server = await HostProgram.StartAsync(HostRole.Server, _transport, Path);
        }

        public async ValueTask DisposeAsync()
        {
            Channel.Dispose();
            await Server.DisposeAsync();
            _directory.Dispose();
        }
    }
}
