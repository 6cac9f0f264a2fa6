using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tachyon.Frames;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>Kestrel's limits on requests hold in direct mode.</summary>
public sealed class RequestLimitTests
{
    [Fact]
    public async Task Too_many_headers_are_answered_with_431()
        => Assert.Equal(431, await StatusAsync(
            [.. RawDirectClient.Define(1), .. Headers([.. Enumerable.Range(0, 101).SelectMany(static i => (string[])[$"x-{i}", "v"])])]));

    [Fact]
    public async Task Too_large_headers_are_answered_with_431()
        => Assert.Equal(431, await StatusAsync([.. RawDirectClient.Define(1), .. Headers("x", new string('v', 33 * 1024))]));

    [Fact]
    public async Task Too_long_target_is_answered_with_414()
        => Assert.Equal(414, await StatusAsync([.. RawDirectClient.Define(1, "/" + new string('a', 9 * 1024)), .. Headers()]));

    [Theory]
    [InlineData("nothing")]
    [InlineData("/%00")]
    [InlineData("/a/../%000001")]
    public async Task Target_that_is_no_path_is_answered_with_400(string target)
        => Assert.Equal(400, await StatusAsync([.. RawDirectClient.Define(1, target), .. Headers()]));

    [Fact]
    public async Task Too_large_body_is_answered_with_413()
        => Assert.Equal(413, await StatusAsync(
            [
                .. RawDirectClient.Define(1),
                .. RawDirectClient.Frame(FrameType.Headers, 1, template: 1),
                .. RawDirectClient.Frame(FrameType.Data, 1, new byte[2000]),
            ],
            static context => context.Request.Body.CopyToAsync(Stream.Null)));

    [Fact]
    public async Task Streams_beyond_the_limit_are_refused_and_can_be_sent_again()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(_ => release.Task);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        List<byte> frames = [.. RawDirectClient.Define(1)];
        for (uint stream = 1; stream <= 2 * 4; stream += 2)
        {
            frames.AddRange(RawDirectClient.Frame(FrameType.Headers, stream, flags: FrameFlags.End, template: 1));
        }

        await client.SendAsync([.. frames]);
        var (header, payload) = await client.ReceiveAsync(FrameType.Reset);
        Assert.Equal((7u, (uint)FrameErrorCode.RefusedStream), (header.Stream, BitConverter.ToUInt32(payload)));

        release.SetResult();
        for (var i = 0; i < 3; i++)
        {
            await client.ReceiveAsync(FrameType.Headers);
        }

        await client.SendAsync(RawDirectClient.Frame(FrameType.Headers, 9, flags: FrameFlags.End, template: 1));
        Assert.Equal(9u, (await client.ReceiveAsync(FrameType.Headers)).Header.Stream);
    }

    [Fact]
    public async Task Settings_name_the_limits()
    {
        await using var server = await StartAsync();
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        Assert.Equal(new FrameSettings(3, 32 * 1024), FrameSettings.Read((await client.ReceiveAsync(FrameType.Settings)).Payload));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Response_with_longer_headers_than_its_client_takes_fails_alone(bool inTrailers)
    {
        await using var server = await StartAsync(context =>
        {
            var length = context.Request.Path == "/long" ? 2000 : 10;
            (inTrailers ? context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers : context.Response.Headers)
                .Append("name", new string('x', length));
            return Task.CompletedTask;
        });
        server.ExpectedErrors = [13];
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync(
            [
                .. RawDirectClient.Frame(FrameType.Settings, 0, [.. BitConverter.GetBytes(100), .. BitConverter.GetBytes(1000)]),
                .. RawDirectClient.Define(1, "/long"),
                .. RawDirectClient.Define(2, "/short"),
                .. RawDirectClient.Frame(FrameType.Headers, 1, flags: FrameFlags.End, template: 1),
            ]);
        if (inTrailers)
        {
            // The response has started: it cannot become another one.
            var (_, code) = await client.ReceiveAsync(FrameType.Reset);
            Assert.Equal((uint)FrameErrorCode.InternalError, BitConverter.ToUInt32(code));
        }
        else
        {
            var (_, headers) = await client.ReceiveAsync(FrameType.Headers);
            Assert.Equal(500, BitConverter.ToUInt16(headers));
        }

        await client.SendAsync(RawDirectClient.Frame(FrameType.Headers, 3, flags: FrameFlags.End, template: 2));
        Assert.Equal(200, BitConverter.ToUInt16((await client.ReceiveAsync(FrameType.Headers)).Payload));
    }

    [Fact]
    public async Task Streams_that_are_over_do_not_count_although_their_application_runs()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async context =>
        {
            await context.Response.CompleteAsync();
            await release.Task;
        });
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync(RawDirectClient.Define(1));
        foreach (var stream in (uint[])[1, 3, 5, 7])
        {
            await client.SendAsync(RawDirectClient.Frame(FrameType.Headers, stream, template: 1));
            Assert.True((await client.ReceiveAsync(FrameType.Headers)).Header.IsEnd);
            await client.SendAsync(RawDirectClient.Frame(FrameType.Data, stream, flags: FrameFlags.End));
        }

        release.SetResult();
    }

    private static async Task<int> StatusAsync(byte[] frames, RequestDelegate? application = null)
    {
        await using var server = await StartAsync(application);
        server.ExpectedErrors = [13];
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync(frames);
        var (_, payload) = await client.ReceiveAsync(FrameType.Headers);
        return BitConverter.ToUInt16(payload);
    }

    private static Task<TestServer> StartAsync(RequestDelegate? application = null)
        => TestServer.StartAsync(TransportKind.Direct, new TestApplicationOptions
        {
            Application = app => app.Run(application ?? (static _ => Task.CompletedTask)),
            Kestrel = static kestrel =>
            {
                kestrel.Limits.Http2.MaxStreamsPerConnection = 3;
                kestrel.Limits.MaxRequestBodySize = 1000;
            },
        });

    private static byte[] Headers(params string[] texts)
        => RawDirectClient.Frame(FrameType.Headers, 1, RawDirectClient.Texts(texts), FrameFlags.End, template: 1);
}
