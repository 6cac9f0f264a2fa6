using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>Servers that break a rule of the frames, or end early: the calls end with a fitting status, and the next ones work.</summary>
public sealed class HostileServerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, StatusCode> Violations => new()
    {
        { "a frame that is too long", StatusCode.Unavailable },
        { "a negative length", StatusCode.Unavailable },
        { "headers twice", StatusCode.Unavailable },
        { "data before headers", StatusCode.Unavailable },
        { "a window of nothing", StatusCode.Unavailable },
        { "an unknown critical frame", StatusCode.Unavailable },
        { "a header block that ends early", StatusCode.Unavailable },
        { "a frame for a stream that was not opened", StatusCode.Unavailable },
        { "the end without a reply", StatusCode.Unavailable },
        { "a reset", StatusCode.ResourceExhausted },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Call_ends_and_the_next_one_works(string violation, StatusCode expected)
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        var client = new Echo.EchoClient(channel);

        var call = client.UnaryAsync(new Payload()).ResponseAsync;
        var stream = await server.AcceptRequestAsync();
        await server.SendAsync(FramesOf(violation, stream));
        if (violation == "the end without a reply")
        {
            await server.DisposeConnectionAsync();
        }

        var exception = await Assert.ThrowsAsync<RpcException>(() => call).Within();
        Assert.Equal(expected, exception.StatusCode);

        var next = client.UnaryAsync(new Payload()).ResponseAsync;
        var isSameConnection = violation == "a reset";
        await server.SendAsync(
            RawDirectServer.Reply(isSameConnection ? await server.ReceiveRequestAsync() : await server.AcceptRequestAsync()));
        await next.Within();
    }

    [Fact]
    public async Task Request_above_the_last_stream_of_goaway_is_sent_again()
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        var client = new Echo.EchoClient(channel);

        var call = client.UnaryAsync(new Payload()).ResponseAsync;
        await server.AcceptRequestAsync();
        await server.SendAsync(RawDirectServer.Frame(8, 0, [.. RawDirectServer.Number(0), .. RawDirectServer.Number(0)]));

        await server.SendAsync(RawDirectServer.Reply(await server.AcceptRequestAsync()));
        await call.Within();
    }

    [Fact]
    public async Task Refused_request_is_sent_again()
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync;
        await server.SendAsync(RawDirectServer.Frame(6, await server.AcceptRequestAsync(), RawDirectServer.Number(7)));
        await server.SendAsync(RawDirectServer.Reply(await server.ReceiveRequestAsync()));
        await call.Within();
    }

    [Fact]
    public async Task Canceled_call_resets_its_stream()
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        using var cancel = new CancellationTokenSource();
        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload(), cancellationToken: cancel.Token).ResponseAsync;
        var stream = await server.AcceptRequestAsync();

        await cancel.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call).Within()).StatusCode);
        (byte Type, uint Stream) frame;
        do
        {
            frame = await server.ReceiveAsync().Within();
        }
        while (frame.Type == 4);
        Assert.Equal(((byte)6, stream), frame);
    }

    internal static byte[][] FramesOf(string violation, uint stream)
    {
        var headers = RawDirectServer.Frame(3, stream, flags: 2);
        return violation switch
        {
            "a frame that is too long" => [headers, RawDirectServer.Frame(4, stream, length: 65_537)],
            "a negative length" => [headers, RawDirectServer.Frame(5, stream, length: -1)],
            "headers twice" => [headers, headers],
            "data before headers" => [RawDirectServer.Frame(4, stream, [1])],
            "a window of nothing" => [RawDirectServer.Frame(7, stream, new byte[4])],
            "an unknown critical frame" => [RawDirectServer.Frame(99, 0, flags: 128)],
            "a header block that ends early" => [RawDirectServer.Frame(3, stream, [200, 0, 9, 0, 65])],
            "a frame for a stream that was not opened" => [RawDirectServer.Frame(7, stream + 2, RawDirectServer.Number(1))],
            "the end without a reply" => [],
            "a reset" => [RawDirectServer.Frame(6, stream, RawDirectServer.Number(11))],
            _ => throw new ArgumentException(violation),
        };
    }
}
