using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Hosting;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Sidecar.Gateway;

/// <summary>Follows the health of the application, so that the sidecar is ready while the application is.</summary>
internal sealed class HealthWatcher(Grpc.Health.V1.Health.HealthClient health) : BackgroundService
{
    private const string Unreachable = "Unreachable";

    private volatile string _status = Unreachable;

    public string Status => _status;

    public bool IsServing => _status == nameof(ServingStatus.Serving);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var call = health.Watch(new HealthCheckRequest(), cancellationToken: stoppingToken);
                await foreach (var reply in call.ResponseStream.ReadAllAsync(stoppingToken))
                {
                    _status = reply.Status.ToString();
                }
            }
            catch (RpcException)
            {
                // The application stopped. The next call waits for it to start again.
            }

            _status = Unreachable;
            await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
