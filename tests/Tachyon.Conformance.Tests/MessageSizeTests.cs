using Grpc.Core;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Messages of every size arrive byte for byte.</summary>
[Trait("Category", "Long")]
public sealed class MessageSizeTests
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;
    private const int StreamMessages = 3;

    // Around 64 KiB lie the default HTTP/2 window (65,535 B), the smallest ring, and the message sizes just above and below them
    // once gRPC and protobuf have added their bytes.
    [Theory]
    [OverTransports(
        0, 1, 64, KiB, 16 * KiB, MiB, 4 * MiB,
        65_500, 65_520, 65_526, 65_530, 65_534, 65_535, 65_536, 65_537, 65_540, 65_550, 65_575, 65_600, Invoker = true)]
    public async Task Message_of_any_size_arrives_unchanged_in_calls_of_every_kind(TransportKind transport, int size)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        PayloadAssert.Is(await echo.UnaryAsync(Content.Create(1, size)).ResponseAsync.Within("the unary reply"), 1, size);

        using var collect = echo.Collect();
        for (var index = 0; index < StreamMessages; index++)
        {
            await collect.RequestStream.WriteAsync(Content.Create(index, size)).Within($"write {index}");
        }

        await collect.RequestStream.CompleteAsync().Within("the end of the client's stream");
        PayloadAssert.Is(await collect.ResponseAsync.Within("the summary"), StreamMessages, size);

        using var expand = echo.Expand(new ExpandRequest { Messages = StreamMessages, Size = size });
        await ReadAsync(expand.ResponseStream, size);

        using var duplex = echo.Duplex();
        var writing = WriteAsync(duplex.RequestStream, size);
        await ReadAsync(duplex.ResponseStream, size);
        await writing.Within("the writes of the duplex call");
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Message_of_64_MiB_arrives_unchanged(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 64 * MiB)).ResponseAsync.Within("the reply");

        PayloadAssert.Is(reply, 1, 64 * MiB);
    }

    [Theory]
    [OverTransports]
    public async Task Messages_far_larger_than_what_the_transport_holds_arrive_unchanged(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel(tuning: new ClientTuning { BufferBytes = 64 * KiB });

        using var duplex = new Echo.EchoClient(channel).Duplex();
        var writing = WriteAsync(duplex.RequestStream, 4 * MiB);
        await ReadAsync(duplex.ResponseStream, 4 * MiB);
        await writing.Within("the writes of the duplex call");
    }

    private static async Task WriteAsync(IClientStreamWriter<Payload> requests, int size)
    {
        for (var index = 0; index < StreamMessages; index++)
        {
            await requests.WriteAsync(Content.Create(index, size));
        }

        await requests.CompleteAsync();
    }

    private static async Task ReadAsync(IAsyncStreamReader<Payload> responses, int size)
    {
        for (var index = 0; index < StreamMessages; index++)
        {
            Assert.True(await responses.MoveNext(CancellationToken.None).Within($"message {index}"));
            PayloadAssert.Is(responses.Current, index, size);
        }

        Assert.False(await responses.MoveNext(CancellationToken.None).Within("the end of the server's stream"));
    }
}
