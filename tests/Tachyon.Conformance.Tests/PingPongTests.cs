using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Long conversations: every message is a wake-up that could be lost.</summary>
[Trait("Category", "Long")]
public sealed class PingPongTests
{
    [Theory]
    [OverTransports]
    public async Task Long_duplex_conversation_loses_nothing(TransportKind transport)
    {
        const int Size = 64;
        var roundTrips = TestSize.Of(usual: 1_000, full: 5_000);
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = new Echo.EchoClient(channel).Duplex();
        for (var index = 0; index < roundTrips; index++)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, Size)).Within($"write {index}");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
            PayloadAssert.Is(call.ResponseStream.Current, index, Size);
        }

        await call.RequestStream.CompleteAsync().Within("the end of the client's stream");
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the server's stream"));
    }

    [Theory]
    [OverTransports]
    public async Task Duplex_streams_in_both_directions_at_once_lose_nothing(TransportKind transport)
    {
        var messages = TestSize.Of(usual: 500, full: 2_000);
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = new Echo.EchoClient(channel).Duplex();
        var writing = WriteAsync();
        for (var index = 0; index < messages; index++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
            PayloadAssert.Is(call.ResponseStream.Current, index, SizeOf(index));
        }

        await writing.Within("the client's writes");
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the server's stream"));

        async Task WriteAsync()
        {
            for (var index = 0; index < messages; index++)
            {
                await call.RequestStream.WriteAsync(Content.Create(index, SizeOf(index)));
            }

            await call.RequestStream.CompleteAsync();
        }

        // Sizes that fall into every place of a ring sooner or later.
        static int SizeOf(int index) => (index * 7_919) % 20_011;
    }

    [Theory]
    [OverTransports(Spin = false)]
    public async Task Calls_with_pauses_between_them_wake_a_sleeping_transport(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        // Pauses from nothing to far beyond any time that a transport polls before it parks: somewhere in there both sides
        // change between awake and asleep while the next call comes.
        for (var index = 0; index < 200; index++)
        {
            await Task.Delay(TimeSpan.FromMicroseconds(index * 50));
            var reply = await echo.UnaryAsync(Content.Create(index, 64)).ResponseAsync.Within($"reply {index}");
            PayloadAssert.Is(reply, index, 64);
        }
    }
}
