using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Grpc.AspNetCore.HealthChecks: the standard service grpc.health.v1.</summary>
public sealed class HealthCheckTests
{
    [Theory]
    [EachTransport]
    public async Task Health_is_asked_once_and_watched(TransportKind kind)
    {
        var status = HealthStatus.Unhealthy;
        await using var server = await EcosystemServer.StartAsync(
            kind,
            HttpProtocols.Http2,
            services =>
            {
                services.AddGrpc();
                services.AddGrpcHealthChecks().AddCheck("test", () => new HealthCheckResult(status));
                services.Configure<HealthCheckPublisherOptions>(static publisher =>
                {
                    publisher.Delay = TimeSpan.Zero;
                    publisher.Period = TimeSpan.FromSeconds(1);
                });
            },
            static app => app.MapGrpcHealthChecksService());

        // Each unhealthy check is one.
        server.ExpectedErrors = "Microsoft.Extensions.Diagnostics.HealthChecks";
        using var channel = server.CreateChannel();
        var client = new Health.HealthClient(channel);

        var checkedOnce = await client.CheckAsync(new HealthCheckRequest()).ResponseAsync.Within("a check");
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, checkedOnce.Status);

        using var stopping = new CancellationTokenSource();
        using var watch = client.Watch(new HealthCheckRequest(), cancellationToken: stopping.Token);
        Assert.True(await watch.ResponseStream.MoveNext().Within());
        status = HealthStatus.Healthy;
        while (watch.ResponseStream.Current.Status != HealthCheckResponse.Types.ServingStatus.Serving)
        {
            Assert.True(await watch.ResponseStream.MoveNext().Within());
        }

        await stopping.CancelAsync();
        var ended = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext()).Within();
        Assert.Equal(StatusCode.Cancelled, ended.StatusCode);
    }
}
