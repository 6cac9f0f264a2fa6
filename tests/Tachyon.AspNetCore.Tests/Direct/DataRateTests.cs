using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Tachyon.Frames;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>Kestrel's minimum data rates hold in direct mode.</summary>
public sealed class DataRateTests
{
    // The shortest time of grace that Kestrel takes is above its heartbeat of one second.
    private static readonly MinDataRate s_rate = new(bytesPerSecond: 100_000, gracePeriod: TimeSpan.FromSeconds(1.1));

    [Fact]
    public async Task Request_body_that_stalls_ends_the_connection()
    {
        var failure = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async context =>
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                failure.SetResult(exception);
            }
        });
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync([.. Request(1), .. RawDirectClient.Frame(FrameType.Data, 1, new byte[100])]);

        Assert.Equal(FrameErrorCode.EnhanceYourCalm, (await client.ReceiveGoAwayAsync()).Code);
        await failure.Task.Within();
        Assert.Contains(server.Logs.Entries, static entry => entry.Event is { Id: 27, Name: "RequestBodyMinimumDataRateNotSatisfied" });
    }

    [Fact]
    public async Task Response_that_is_not_read_ends_the_connection()
    {
        await using var server = await StartAsync(static async context =>
        {
            // More than the credit of the stream.
            await context.Response.Body.WriteAsync(new byte[SendCredit.Initial + 1]);
        });
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync(Request(1));

        Assert.Equal(FrameErrorCode.InternalError, (await client.ReceiveGoAwayAsync()).Code);
        Assert.Contains(server.Logs.Entries, static entry => entry.Event is { Id: 28, Name: "ResponseMinimumDataRateNotSatisfied" });
    }

    [Fact]
    public async Task Application_turns_the_rate_of_a_request_off()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async context =>
        {
            if (context.Request.Path == "/beside")
            {
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                return;
            }

            var feature = context.Features.GetRequiredFeature<IHttpMinRequestBodyDataRateFeature>();
            Assert.Same(s_rate, feature.MinDataRate);
            Assert.Throws<NotSupportedException>(() => feature.MinDataRate = s_rate);
            feature.MinDataRate = null;
            Assert.Null(feature.MinDataRate);
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            slow.SetResult();
        });
        await using var client = await RawDirectClient.ConnectAsync(server.Path);
        await client.SendAsync([.. Request(1)]);

        // Another connection stalls as well, and ends: by then the first one has outlasted the time of grace.
        await using var other = await RawDirectClient.ConnectAsync(server.Path);
        await other.SendAsync(Request(1, "/beside"));
        Assert.Equal(FrameErrorCode.EnhanceYourCalm, (await other.ReceiveGoAwayAsync()).Code);

        await client.SendAsync(RawDirectClient.Frame(FrameType.Data, 1, [1], FrameFlags.End));
        Assert.Equal(1u, (await client.ReceiveAsync(FrameType.Headers)).Header.Stream);
        await slow.Task.Within();
    }

    private static byte[] Request(uint stream, string target = "/")
        => [.. RawDirectClient.Define(1, target), .. RawDirectClient.Frame(FrameType.Headers, stream, template: 1)];

    private static async Task<TestServer> StartAsync(RequestDelegate application)
    {
        var server = await TestServer.StartAsync(TransportKind.Direct, new TestApplicationOptions
        {
            Application = app => app.Run(application),
            Kestrel = static kestrel =>
            {
                kestrel.Limits.MinRequestBodyDataRate = s_rate;
                kestrel.Limits.MinResponseDataRate = s_rate;
            },
        });
        server.ExpectedErrors = [13];
        return server;
    }
}
