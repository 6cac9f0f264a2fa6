using Grpc.Core;
using Tachyon.Grpc.Client;
using Tachyon.Grpc.Tests.Support;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Tests.Product;

/// <summary>A client that comes up before its server.</summary>
public sealed class WaitForServerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_wait_for_the_server_to_appear(bool forever)
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(directory.FilePath("s"), new TachyonClientOptions
        {
            WaitForServer = forever ? Timeout.InfiniteTimeSpan : TestTimeouts.Hang * 2,
        });
        var echo = new Echo.EchoClient(channel);
        var calls = Enumerable.Range(0, 5).Select(index => echo.UnaryAsync(Content.Create(index, 100)).ResponseAsync).ToList();

        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, directory.FilePath("s"));

        for (var index = 0; index < calls.Count; index++)
        {
            PayloadAssert.Is(await calls[index].OrHang($"call {index}, made before the server was there"), index, 100);
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_deadline_of_the_call()
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonClientOptions { WaitForServer = Timeout.InfiniteTimeSpan });

        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload(), deadline: DateTime.UtcNow.AddMilliseconds(100));

        await CallAssert.FailsAsync(call.ResponseAsync, "a call whose server never comes", StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task Waiting_ends_with_the_time_that_was_set()
    {
        using var directory = new TempDirectory();
        using var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonClientOptions { WaitForServer = TimeSpan.FromMilliseconds(100) });

        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload());

        await CallAssert.FailsAsync(call.ResponseAsync, "a call whose server never comes", StatusCode.Unavailable);
    }

    [Fact]
    public async Task Disposed_channel_stops_waiting()
    {
        using var directory = new TempDirectory();
        var channel = TachyonChannel.ForAddress(
            directory.FilePath("s"), new TachyonClientOptions { WaitForServer = Timeout.InfiniteTimeSpan });
        var call = new Echo.EchoClient(channel).UnaryAsync(new Payload());

        channel.Dispose();

        await CallAssert.FailsAsync(call.ResponseAsync, "a call of a disposed channel", StatusCode.Cancelled, StatusCode.Unavailable);
    }
}
