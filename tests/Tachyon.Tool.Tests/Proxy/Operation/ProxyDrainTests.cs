using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Operation;

/// <summary>SIGTERM and SIGINT: no more clients, time for those that are there, and an end.</summary>
[Trait("Category", "Long")]
public sealed class ProxyDrainTests
{
    private const int Interrupt = 2;

    [Theory]
    [InlineData("tcp")]
    [InlineData("tachyon")]
    public async Task Calls_in_flight_finish(string scheme)
    {
        await using var service = await Service.StartAsync(scheme, "--drain-timeout", "3600");
        var channel = service.CreateChannel();
        using (var call = await Service.OpenCallAsync(channel))
        {
            service.Proxy.Signal(Signals.Terminate);
            await service.Proxy.SaysAsync("Accepting no more; 1 connections have 3600 s to finish.");
            using (var late = service.CreateChannel())
            {
                await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(late).UnaryAsync(new Payload()).ResponseAsync.Within());
            }

            for (var index = 1; index < 50; index++)
            {
                await Service.EchoAsync(call, index);
            }

            await call.RequestStream.CompleteAsync().Within();
            Assert.False(await call.ResponseStream.MoveNext().Within());
            Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        }

        channel.Dispose();
        Assert.Equal(0, await service.Proxy.ExitAsync());
        Assert.DoesNotContain("Cutting off", service.Proxy.Log, StringComparison.Ordinal);
        Assert.False(scheme == "tachyon" && File.Exists(service.Proxy.Path), "The socket file was left behind.");
    }

    [Fact]
    public async Task Connections_that_stay_are_cut_off_after_the_timeout()
    {
        await using var service = await Service.StartAsync("tcp", "--drain-timeout", "0.2");
        using var channel = service.CreateChannel();
        using var call = await Service.OpenCallAsync(channel);
        Assert.Equal(0, await service.Proxy.StopAsync());
        await service.Proxy.SaysAsync("Cutting off 1 connections.");
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Within());
        Assert.True(end.StatusCode is StatusCode.Unavailable or StatusCode.Internal, end.ToString());
    }

    [Fact]
    public async Task Second_signal_cuts_off_at_once()
    {
        await using var service = await Service.StartAsync("unix", "--drain-timeout", "3600");
        using var channel = service.CreateChannel();
        using var call = await Service.OpenCallAsync(channel);
        service.Proxy.Signal(Interrupt);
        await service.Proxy.SaysAsync("Accepting no more");
        service.Proxy.Signal(Interrupt);
        Assert.Equal(130, await service.Proxy.ExitAsync());
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Within());
    }
}
