using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>Servers that break a rule of the frames, refuse or end: calls without HTTP requests end, or are sent again.</summary>
public sealed class UnaryHostileServerTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private RawDirectServer _server = null!;
    private GrpcChannel _channel = null!;
    private Echo.EchoClient _client = null!;

    public async Task InitializeAsync()
    {
        var path = _directory.FilePath("s");
        _server = new RawDirectServer(path);
        _channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        _client = new Echo.EchoClient(TachyonChannel.CreateCallInvoker(_channel));

        // The first call is one of the channel.
        var first = _client.UnaryAsync(new Payload()).ResponseAsync;
        await _server.SendAsync(RawDirectServer.Reply(await _server.AcceptRequestAsync()));
        await first.Within();
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(HostileServerTests.Violations), MemberType = typeof(HostileServerTests))]
    public async Task Call_ends_and_the_next_one_works(string violation, StatusCode expected)
    {
        var call = _client.UnaryAsync(new Payload()).ResponseAsync;
        var stream = await _server.ReceiveRequestAsync();
        await _server.SendAsync(HostileServerTests.FramesOf(violation, stream));
        if (violation == "the end without a reply")
        {
            await _server.DisposeConnectionAsync();
        }

        await CallAssert.FailsAsync(call, violation, expected);

        var next = _client.UnaryAsync(new Payload()).ResponseAsync;
        var isSameConnection = violation == "a reset";
        await _server.SendAsync(
            RawDirectServer.Reply(isSameConnection ? await _server.ReceiveRequestAsync() : await _server.AcceptRequestAsync()));
        await next.Within();
    }

    [Theory]
    [InlineData(0, StatusCode.Internal)]
    [InlineData(1, StatusCode.Internal)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    public async Task Reset_gives_the_status_of_its_code(uint code, StatusCode expected)
    {
        var call = _client.UnaryAsync(new Payload()).ResponseAsync;
        await _server.SendAsync(RawDirectServer.Frame(6, await _server.ReceiveRequestAsync(), RawDirectServer.Number(code)));

        await CallAssert.FailsAsync(call, "a call that was reset", expected);
    }

    [Fact]
    public async Task Refused_call_is_sent_again()
    {
        using var call = _client.UnaryAsync(new Payload());
        var headers = call.ResponseHeadersAsync;
        await _server.SendAsync(RawDirectServer.Frame(6, await _server.ReceiveRequestAsync(), RawDirectServer.Number(7)));
        await _server.SendAsync(RawDirectServer.Reply(await _server.ReceiveRequestAsync()));

        await call.ResponseAsync.Within();
        Assert.Empty(await headers.Within());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Empty(call.GetTrailers());
    }

    [Fact]
    public async Task Call_above_the_last_stream_of_goaway_is_sent_again()
    {
        var call = _client.UnaryAsync(new Payload()).ResponseAsync;
        var stream = await _server.ReceiveRequestAsync();
        await _server.SendAsync(RawDirectServer.Frame(8, 0, [.. RawDirectServer.Number(stream - 2), .. RawDirectServer.Number(0)]));

        await _server.SendAsync(RawDirectServer.Reply(await _server.AcceptRequestAsync()));
        await call.Within();
    }

    [Fact]
    public async Task Call_up_to_the_last_stream_of_goaway_goes_on()
    {
        var call = _client.UnaryAsync(new Payload()).ResponseAsync;
        var stream = await _server.ReceiveRequestAsync();
        await _server.SendAsync(
            RawDirectServer.Frame(8, 0, [.. RawDirectServer.Number(stream), .. RawDirectServer.Number(0)]), RawDirectServer.Reply(stream));

        await call.Within();
    }

    [Fact]
    public async Task Call_that_was_sent_again_can_be_canceled()
    {
        using var call = _client.UnaryAsync(new Payload());
        await _server.SendAsync(RawDirectServer.Frame(6, await _server.ReceiveRequestAsync(), RawDirectServer.Number(7)));
        var stream = await _server.ReceiveRequestAsync();

        call.Dispose();

        await CallAssert.FailsAsync(call.ResponseAsync, "a disposed call", StatusCode.Cancelled);
        (byte Type, uint Stream) frame;
        do
        {
            frame = await _server.ReceiveAsync().Within();
        }
        while (frame.Type == 4);
        Assert.Equal(((byte)6, stream), frame);
    }

    [Fact]
    public async Task Frames_behind_a_response_do_not_reach_the_next_call()
    {
        var call = _client.UnaryAsync(new Payload()).ResponseAsync;
        var stream = await _server.ReceiveRequestAsync();
        await _server.SendAsync(RawDirectServer.Reply(stream));
        await call.Within();

        // The next call uses the same memory.
        var next = _client.UnaryAsync(new Payload()).ResponseAsync;
        await _server.SendAsync(
            RawDirectServer.Frame(6, stream, RawDirectServer.Number(2)), RawDirectServer.Reply(await _server.ReceiveRequestAsync()));
        await next.Within();
    }
}
