using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Tachyon.Grpc.Client;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Tachyon.Tool.Tests.Proxy.Sidecar;

/// <summary>The standard gRPC health checks over shared memory, at the application of samples/Sidecar.</summary>
[Trait("Category", "Long")]
public sealed class SidecarHealthTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private ChildProgram _application = null!;
    private GrpcChannel _channel = null!;
    private Health.HealthClient _health = null!;

    public async Task InitializeAsync()
    {
        var socket = _directory.NewSocketPath();
        _application = SampleProgram.Start("app", socket, "--attached");
        Assert.Equal("ready", await _application.ReadLineAsync());
        _channel = TachyonChannel.ForAddress(socket, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });
        _health = new Health.HealthClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        _ = Signals.TrySend(_application.Id, Signals.Terminate);
        await _application.WaitForExitAsync();
        Assert.Equal((0, ""), (_application.ExitCode, _application.Errors.Trim()));
        await _application.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Check_tells_serving_from_not_serving_and_from_unknown()
    {
        foreach (var service in new[] { "", "greet.Greeter" })
        {
            Assert.Equal(ServingStatus.Serving, await CheckAsync(service));
        }

        var unknown = await Assert.ThrowsAsync<RpcException>(() => CheckAsync("no.such.Service"));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);

        _application.Send("ill");
        foreach (var service in new[] { "", "greet.Greeter" })
        {
            await BecomesAsync(service, ServingStatus.NotServing);
        }

        _application.Send("well");
        await BecomesAsync("", ServingStatus.Serving);
    }

    [Fact]
    public async Task Watch_tells_the_status_and_each_change()
    {
        using var watch = _health.Watch(new HealthCheckRequest { Service = "greet.Greeter" });
        using var unknown = _health.Watch(new HealthCheckRequest { Service = "no.such.Service" });
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(unknown));
        _application.Send("ill");
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        _application.Send("well");
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));

        // A server that stops says so to those who watch.
        _application.Signal(Signals.Terminate);
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        Assert.False(await watch.ResponseStream.MoveNext().Within());
        await _application.WaitForExitAsync();
    }

    private async Task<ServingStatus> CheckAsync(string service)
        => (await _health.CheckAsync(new HealthCheckRequest { Service = service }).ResponseAsync.Within()).Status;

    // The command travels by another way than the calls do.
    private Task BecomesAsync(string service, ServingStatus expected)
        => Task.Run(async () =>
        {
            while (await CheckAsync(service) != expected)
            {
                await Task.Delay(5);
            }
        }).Within($"{service} becomes {expected}");

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        Assert.True(await watch.ResponseStream.MoveNext().Within("a status of a watched service"));
        return watch.ResponseStream.Current.Status;
    }
}
