using Greet;
using Grpc.Core;

namespace Observability;

/// <summary>Calls the service ten times a second.</summary>
internal sealed partial class Caller(Greeter.GreeterClient greeter, ILogger<Caller> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await greeter.SayHelloAsync(
                    new HelloRequest { Name = "world" }, deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: stoppingToken);
            }
            catch (RpcException exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(exception.Status);
            }
            catch (RpcException)
            {
                return;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A call failed: {Status}")]
    private partial void LogFailed(Status status);
}
