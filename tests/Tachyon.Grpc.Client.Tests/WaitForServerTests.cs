using Grpc.Core;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>A client that comes up before its server.</summary>
public sealed class WaitForServerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_wait_for_the_server_to_appear(bool forever)
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(directory.FilePath("s"), new TachyonChannelOptions
        {
            WaitForServer = forever ? Timeout.InfiniteTimeSpan : Watchdog.Limit * 2,
        });
        var echo = new Echo.EchoClient(channel);
        var calls = Enumerable.Range(0, 5).Select(index => echo.UnaryAsync(Content.Create(index, 100)).ResponseAsync).ToList();

        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, directory.FilePath("s"));

        for (var index = 0; index < calls.Count; index++)
        {
            PayloadAssert.Is(await calls[index].Within($"call {index}, made before the server was there"), index, 100);
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_deadline_of_the_call()
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonChannelOptions { WaitForServer = Timeout.InfiniteTimeSpan });

        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload(), deadline: DateTime.UtcNow.AddMilliseconds(100));

        await CallAssert.FailsAsync(call.ResponseAsync, "a call whose server never comes", StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task Waiting_ends_with_the_time_that_was_set()
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonChannelOptions { WaitForServer = TimeSpan.FromMilliseconds(100) });

        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload());

        await CallAssert.FailsAsync(call.ResponseAsync, "a call whose server never comes", StatusCode.Unavailable);
    }

    [Fact]
    public async Task Disposed_channel_stops_waiting()
    {
        using var directory = new TempDirectory();
        var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonChannelOptions { WaitForServer = Timeout.InfiniteTimeSpan });
        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload());

        channel.Dispose();

        await CallAssert.FailsAsync(call.ResponseAsync, "a call of a disposed channel", StatusCode.Cancelled, StatusCode.Unavailable);
    }

    [Theory]
    [InlineData("tachyon")]
    [InlineData("unix")]
    public async Task Server_that_comes_after_the_channel_was_disposed_sees_no_connection(string scheme)
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        var waiting = Enumerable.Range(0, 20).Select(_ => TachyonChannel.ForAddress(
            $"{scheme}://{path}", new TachyonChannelOptions { WaitForServer = Timeout.InfiniteTimeSpan })).ToList();
        var calls = waiting.Select(static channel => new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync).ToList();
        using var next = TachyonChannel.ForAddress(
            $"{scheme}://{path}", new TachyonChannelOptions { WaitForServer = Timeout.InfiniteTimeSpan });
        var last = new Echo.EchoClient(next).UnaryAsync(new Payload()).ResponseAsync;

        waiting.ForEach(static channel => channel.Dispose());
        foreach (var call in calls)
        {
            await CallAssert.FailsAsync(call, "a call of a disposed channel", StatusCode.Cancelled, StatusCode.Unavailable, StatusCode.Internal);
        }

        var connections = 0;
        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, path, new TestApplicationOptions
        {
            Listen = listen => listen.Use(next => context =>
            {
                Interlocked.Increment(ref connections);
                return next(context);
            }),
        });

        // The channel that is still there polls in the same steps of at most 50 ms as the others did; when the second call of a third one
        // is through, they would be here.
        await last.Within("the call of the channel that is still there");
        using var third = server.CreateChannel();
        await new Echo.EchoClient(third).UnaryAsync(new Payload()).ResponseAsync.Within("a call after it");
        Assert.Equal(2, Volatile.Read(ref connections));
    }

    [Fact]
    public async Task Expired_wait_for_the_server_is_named_in_the_error()
    {
        using var directory = new TempDirectory();

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(
            directory.FilePath("s"), new TachyonChannelOptions { WaitForServer = TimeSpan.FromMilliseconds(100) }).Within("the error"));

        Assert.Equal(
            $"No server is at 'tachyon://{directory.FilePath("s")}': the socket does not exist. Start the server, or check the path: none appeared within 0.1 s (WaitForServer).",
            exception.Message);
    }
}
