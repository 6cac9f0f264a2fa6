using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Sidecar.Health;

/// <summary>grpc.health.v1 over the health checks of ASP.NET Core.</summary>
internal sealed class HealthService(HealthCheckService checks, HealthBoard board, IHostApplicationLifetime lifetime) : Grpc.Health.V1.Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        // Now, and not what the board says: a probe must not be told what was true a second ago.
        var status = HealthBoard.StatusOf(await checks.CheckHealthAsync(context.CancellationToken), request.Service);
        return status == ServingStatus.ServiceUnknown
            ? throw new RpcException(new Status(StatusCode.NotFound, $"This server has no service '{request.Service}'."))
            : new HealthCheckResponse { Status = status };
    }

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        // A server that stops says so, and does not wait for its watchers.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            ServingStatus? last = null;
            while (true)
            {
                var (report, next) = board.Look();
                report ??= await checks.CheckHealthAsync(end.Token);
                var status = HealthBoard.StatusOf(report, request.Service);
                if (status != last)
                {
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, end.Token);
                    last = status;
                }

                await next.WaitAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            await responseStream.WriteAsync(new HealthCheckResponse { Status = ServingStatus.NotServing }, context.CancellationToken);
        }
    }
}
