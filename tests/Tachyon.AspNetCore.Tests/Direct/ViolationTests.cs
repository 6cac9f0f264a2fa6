using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tachyon.Frames;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;
using static Tachyon.AspNetCore.Tests.Direct.RawDirectClient;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>
/// Clients that break a rule of the frames: the connection, or the stream, ends with the name of the rule, and no other does.
/// </summary>
public sealed class ViolationTests
{
    public static TheoryData<string, string> Violations => new()
    {
        { "a frame that is too long", "a frame of type Data has 65537 bytes, more than 65536" },
        { "an even stream", "a request has the stream 2 after 0" },
        { "a stream again", "a request has the stream 1 after 1" },
        { "an unknown template", "template 9 was not defined" },
        { "a template again", "template 1 is defined twice" },
        { "data for a stream that was not opened", "a frame is for stream 7, which was not opened" },
        { "a window of nothing", "a window grows by 0 bytes" },
        { "trailers", "a client sends a frame of type 5" },
        { "an unknown critical frame", "a client sends a frame of type 99" },
        { "a header block that ends early", "a header block is malformed" },
        { "a name that is no token", "the name of a header is no token" },
        { "a value with a line break", "the value of a header has a control character" },
        { "settings twice", "a client sends its settings twice" },
        { "a reset of three bytes", "a frame of type Reset has 3 bytes instead of 4" },
        { "more data than its credit", "a stream sends 1 bytes with a credit of 0" },
        { "no path at all", "neither a request nor its template has a path" },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Violation_ends_the_connection_with_its_rule(string violation, string rule)
    {
        await using var server = await StartAsync(static context
            => context.Request.Path == "/wait" ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        await using var other = await RawDirectClient.ConnectAsync(server.Path);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync(FramesOf(violation));

        var (code, text) = await client.ReceiveGoAwayAsync();
        Assert.Equal(rule, text);
        Assert.NotEqual(FrameErrorCode.NoError, code);

        // Another connection goes on.
        await other.SendAsync([.. Define(1), .. Frame(FrameType.Headers, 1, flags: FrameFlags.End, template: 1)]);
        Assert.Equal(1u, (await other.ReceiveAsync(FrameType.Headers)).Header.Stream);
    }

    [Fact]
    public async Task Unknown_frame_that_is_not_critical_is_ignored()
    {
        await using var server = await StartAsync();
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync(
        [
            .. Frame((FrameType)99, 0, new byte[50]),
            .. Define(1),
            .. Frame(FrameType.Headers, 1, flags: FrameFlags.End, template: 1),
        ]);

        Assert.Equal(1u, (await client.ReceiveAsync(FrameType.Headers)).Header.Stream);
    }

    [Fact]
    public async Task Data_after_the_end_of_a_request_resets_its_stream_only()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(context => context.Request.Path == "/wait" ? release.Task : Task.CompletedTask);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync(
        [
            .. Define(1, "/wait"),
            .. Frame(FrameType.Headers, 1, flags: FrameFlags.End, template: 1),
            .. Frame(FrameType.Data, 1, [1]),
        ]);
        var (header, payload) = await client.ReceiveAsync(FrameType.Reset);
        Assert.Equal((1u, (uint)FrameErrorCode.StreamClosed), (header.Stream, BitConverter.ToUInt32(payload)));
        release.SetResult();

        await client.SendAsync([.. Define(2), .. Frame(FrameType.Headers, 3, flags: FrameFlags.End, template: 2)]);
        Assert.Equal(3u, (await client.ReceiveAsync(FrameType.Headers)).Header.Stream);
    }

    [Fact]
    public async Task Client_that_resets_faster_than_requests_end_is_disconnected()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(_ => release.Task);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        List<byte> frames = [.. Define(1)];
        for (uint stream = 1; stream < 2 * 300; stream += 2)
        {
            frames.AddRange(Frame(FrameType.Headers, stream, flags: FrameFlags.End, template: 1));
            frames.AddRange(Frame(FrameType.Reset, stream, BitConverter.GetBytes((uint)FrameErrorCode.Cancel)));
        }

        await client.SendAsync([.. frames]);
        var (code, text) = await client.ReceiveGoAwayAsync();
        Assert.Equal((FrameErrorCode.EnhanceYourCalm, "a client resets requests faster than they end"), (code, text));
        release.SetResult();
    }

    [Fact]
    public async Task Resets_and_windows_that_cross_the_end_of_their_streams_harm_no_other()
    {
        await using var server = await StartAsync(static context => context.Response.WriteAsync("text"));
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync(Define(1));
        var rounds = TestSize.Of(usual: 500, full: 5_000);
        for (uint stream = 1; stream < 4 * rounds; stream += 4)
        {
            // The first one ends while its frames are read; the next one may get its object.
            await client.SendAsync(Frame(FrameType.Headers, stream, flags: FrameFlags.End, template: 1));
            await client.SendAsync(
            [
                .. Frame(FrameType.Window, stream, BitConverter.GetBytes(1_000)),
                .. Frame(FrameType.Reset, stream, BitConverter.GetBytes((uint)FrameErrorCode.Cancel)),
                .. Frame(FrameType.Headers, stream + 2, flags: FrameFlags.End, template: 1),
            ]);
            while ((await client.ReceiveAsync(FrameType.Headers)).Header.Stream != stream + 2)
            {
            }
        }
    }

    [Fact]
    public async Task Ping_is_answered_with_its_bytes()
    {
        await using var server = await StartAsync();
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync(Frame(FrameType.Ping, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], (await client.ReceiveAsync(FrameType.Pong)).Payload);
    }

    [Fact]
    public async Task Too_many_templates_end_the_connection()
    {
        await using var server = await StartAsync();
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync([.. Enumerable.Range(1, RequestTemplate.MaxCount + 1).SelectMany(static number => Define((ushort)number))]);
        Assert.Equal(FrameErrorCode.EnhanceYourCalm, (await client.ReceiveGoAwayAsync()).Code);
    }

    private static Task<TestServer> StartAsync(RequestDelegate? application = null)
        => TestServer.StartAsync(TransportKind.Direct, new TestApplicationOptions
        {
            Application = app => app.Run(application ?? (static _ => Task.CompletedTask)),
        });

    private static byte[] FramesOf(string violation)
    {
        byte[] opened = [.. Define(1), .. Frame(FrameType.Headers, 1, template: 1)];
        return violation switch
        {
            "a frame that is too long" => [.. opened, .. Frame(FrameType.Data, 1, new byte[FrameHeader.MaxDataLength + 1])],
            "an even stream" => [.. Define(1), .. Frame(FrameType.Headers, 2, template: 1)],
            "a stream again" => [.. opened, .. Frame(FrameType.Headers, 1, template: 1)],
            "an unknown template" => Frame(FrameType.Headers, 1, template: 9),
            "a template again" => [.. Define(1), .. Define(1)],
            "data for a stream that was not opened" => [.. opened, .. Frame(FrameType.Data, 7, [1])],
            "a window of nothing" => [.. opened, .. Frame(FrameType.Window, 1, new byte[4])],
            "trailers" => [.. opened, .. Frame(FrameType.Trailers, 1)],
            "an unknown critical frame" => Frame((FrameType)99, 0, flags: FrameFlags.Critical),
            "a header block that ends early" => [.. Define(1), .. Frame(FrameType.Headers, 1, [9, 0, 65], template: 1)],
            "a name that is no token" => Headers("a b", "1"),
            "a value with a line break" => Headers("a", "1\r\nb: 2"),
            "settings twice" => [.. Frame(FrameType.Settings, 0, new byte[8]), .. Frame(FrameType.Settings, 0, new byte[8])],
            "a reset of three bytes" => [.. opened, .. Frame(FrameType.Reset, 1, new byte[3])],
            "more data than its credit" =>
                [
                    .. Define(1, "/wait"),
                    .. Frame(FrameType.Headers, 1, template: 1),

                    // Kestrel's window of a stream, which nothing reads.
                    .. Enumerable.Repeat(Frame(FrameType.Data, 1, new byte[64 * 1024]), 12).SelectMany(static frame => frame),
                    .. Frame(FrameType.Data, 1, [1]),
                ],
            "no path at all" => [.. Define(1, target: ""), .. Frame(FrameType.Headers, 1, Texts("a", "b"), template: 1)],
            _ => throw new ArgumentException(violation),
        };

        static byte[] Headers(string name, string value)
            => [.. Define(1), .. Frame(FrameType.Headers, 1, Texts(name, value), template: 1)];
    }
}
