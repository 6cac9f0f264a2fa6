using Grpc.Core;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>A writer stops when its reader does, with little in between, and goes on when the reader does.</summary>
[Trait("Category", "Long")]
public sealed class BackPressureTests
{
    private const int Size = 64 * 1024;

    /// <summary>64 MiB: far more than all windows and buffers on the way together.</summary>
    private const int Messages = 1024;

    /// <summary>
    /// 32 MiB is the most that may be under way. It is generous: HTTP/2 windows of up to 16 MiB, and a ring or a socket buffer.
    /// </summary>
    private const int MostUnderWay = Messages / 2;

    [Theory]
    [OverTransports]
    public async Task Server_stops_writing_while_the_client_does_not_read(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var id = CallIds.Next();
        using var call = new Flow.FlowClient(channel).Flood(new FloodRequest { Size = Size, Messages = Messages }, CallIds.Header(id));
        await call.ResponseHeadersAsync.Within("the start of the flood");
        var probe = server.Probe.Call(id);

        var written = await Watchdog.StandstillAsync(() => probe.Written, "the standstill of the server's writes");
        Assert.InRange(written, 1, MostUnderWay);

        // Other calls pass on the same connection meanwhile.
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call beside the blocked stream");

        for (var index = 0; index < Messages; index++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"message {index} after the standstill"));
            PayloadAssert.Is(call.ResponseStream.Current, index, Size);
        }

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the flood"));
        Assert.Equal(Messages, probe.Written);
    }

    [Theory]
    [OverTransports]
    public async Task Client_stops_writing_while_the_server_does_not_read(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var id = CallIds.Next();
        using var call = new Hold.HoldClient(channel).ClientStream(CallIds.Header(id));
        var written = 0L;
        var writing = WriteAsync();
        await server.Probe.Call(id).Started.Within("the start of the call in the server");

        var stoppedAt = await Watchdog.StandstillAsync(() => Volatile.Read(ref written), "the standstill of the client's writes");
        Assert.InRange(stoppedAt, 1, MostUnderWay);
        Assert.False(writing.IsCompleted);
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call beside the blocked stream");

        // The server answers without having read the stream: that ends the call, and the blocked write with it.
        server.Probe.Call(id).Release();
        await call.ResponseAsync.Within("the answer to a stream that was not read");
        Assert.NotNull(await CallAssert.EndsAsync(writing, "the blocked write after the end of its call"));

        async Task WriteAsync()
        {
            for (var index = 0; index < Messages; index++)
            {
                await call.RequestStream.WriteAsync(Content.Create(index, Size));
                Interlocked.Increment(ref written);
            }
        }
    }

    [Theory]
    [OverTransports]
    public async Task Stopped_reader_does_not_hold_up_other_connections(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var stopped = server.CreateChannel();
        using var other = server.CreateChannel();
        var id = CallIds.Next();
        using var call = new Flow.FlowClient(stopped).Flood(new FloodRequest { Size = Size }, CallIds.Header(id));
        await Watchdog.StandstillAsync(() => server.Probe.Call(id).Written, "the standstill of the server's writes");

        for (var index = 0; index < 100; index++)
        {
            await new Echo.EchoClient(other).UnaryAsync(new Payload()).ResponseAsync.Within($"call {index} on another connection");
        }

        call.Dispose();
        await server.Probe.Call(id).Cancelled.Within("the cancellation of a blocked writer");
        await server.Probe.Call(id).Finished.Within("the end of a blocked writer");
    }
}
