using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Calls;

/// <summary>A target that is not there, or dies: its clients learn it, and the proxy serves on.</summary>
[Trait("Category", "Long")]
public sealed class ProxyTargetDeathTests
{
    [Theory]
    [InlineData("tcp", TransportKind.Adaptive)]
    [InlineData("tachyon", TransportKind.UnixSocket)]
    public async Task Absent_target_fails_its_client_only(string scheme, TransportKind inside)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var proxy = await ProxyProcess.StartAsync(
            scheme, directory, $"{(inside == TransportKind.Adaptive ? "tachyon" : "unix")}://{path}");
        using var channel = CreateChannel(proxy);
        var echo = new Echo.EchoClient(channel);
        var absent = await Assert.ThrowsAsync<RpcException>(() => echo.UnaryAsync(new Payload()).ResponseAsync.Within());
        Assert.True(absent.StatusCode is StatusCode.Unavailable or StatusCode.Internal, absent.ToString());
        await proxy.SaysAsync("Cannot reach '");

        await using (var server = await StartServerAsync(inside, path))
        {
            // The channel waits before it connects again; another one does not.
            using var other = CreateChannel(proxy);
            await new Echo.EchoClient(other).UnaryAsync(new Payload()).ResponseAsync.Within();
        }

        Assert.Equal(0, await proxy.StopAsync());
    }

    [Theory]
    [InlineData("tcp", TransportKind.Adaptive)]
    [InlineData("tachyon", TransportKind.UnixSocket)]
    public async Task Killed_target_ends_its_calls_and_leaves_nothing_behind(string scheme, TransportKind inside)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var proxy = await ProxyProcess.StartAsync(
            scheme, directory, $"{(inside == TransportKind.Adaptive ? "tachyon" : "unix")}://{path}", "--stats-interval", "0.05");
        var before = 0;
        for (var round = 1; round <= 3; round++)
        {
            await using var server = await StartServerAsync(inside, path);
            using var channel = CreateChannel(proxy);
            using var flood = new Flow.FlowClient(channel).Flood(new FloodRequest { Size = 20_000 });
            for (var index = 0; index < 20; index++)
            {
                Assert.True(await flood.ResponseStream.MoveNext().Within());
                Assert.Null(Content.Difference(flood.ResponseStream.Current, index, 20_000));
            }

            server.Kill();
            var end = await Assert.ThrowsAsync<RpcException>(async () =>
            {
                while (await flood.ResponseStream.MoveNext().Within("the end of a stream whose server was killed"))
                {
                    // What was under way.
                }
            });
            Assert.True(end.StatusCode is StatusCode.Unavailable or StatusCode.Internal, end.ToString());
            await server.WaitForExitAsync();
            await proxy.SaysAsync($"So far: 0 open, {round} accepted");
            before = round == 1 ? proxy.Descriptors : before;
        }

        await Watchdog.Until(() => proxy.Descriptors <= before, $"the return of the proxy to {before} descriptors");
    }

    [Fact]
    public async Task Target_that_does_not_answer_is_given_up_after_the_timeout()
    {
        using var directory = new TempDirectory();

        // It listens, and never accepts: the handshake goes unanswered.
        await using var silent = WireServer.Listen("unix", directory);
        var target = silent.Address.Replace("unix:", "tachyon:", StringComparison.Ordinal);
        await using var proxy = await ProxyProcess.StartAsync("unix", directory, target, "--connect-timeout", "0.2");
        await using var client = await proxy.ConnectAsync();
        Assert.Empty(await client.ReceiveAsync());
        await proxy.SaysAsync($"Cannot reach '{target}': ");
        Assert.Equal(0, await proxy.StopAsync());
        await proxy.SaysAsync("1 accepted, 0 refused, 1 failed connects");
    }

    private static Task<ChildProgram> StartServerAsync(TransportKind transport, string path)
        => HostProgram.StartServerAsync(transport, path);

    private static GrpcChannel CreateChannel(ProxyProcess proxy)
        => proxy.Address.StartsWith("tcp:", StringComparison.Ordinal)
            ? TestTransport.CreateChannel(new SocketsHttpHandler(), address: new Uri($"http://127.0.0.1:{Wire.PortOf(proxy.Address)}"))
            : TestTransport.For(TransportKind.Adaptive).CreateChannel(proxy.Path);
}
