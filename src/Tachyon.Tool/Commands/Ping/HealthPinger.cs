using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Tachyon.Transport;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>Calls the standard health service, grpc.health.v1: a round trip through the whole of gRPC, and an answer of the
/// application.</summary>
internal sealed class HealthPinger(GrpcChannel channel, string service) : IPinger
{
    private readonly Health.HealthClient _health = new(channel);
    private readonly HealthCheckRequest _request = new() { Service = service };

    public string Name => service.Length == 0 ? "health check" : $"health check of '{service}'";

    /// <summary>The first call makes the connection.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => PingAsync(cancellationToken);

    public async Task PingAsync(CancellationToken cancellationToken)
    {
        ServingStatus status;
        try
        {
            using var call = _health.CheckAsync(_request, cancellationToken: cancellationToken);
            status = (await call.ResponseAsync.ConfigureAwait(false)).Status;
        }
        catch (RpcException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw ToException(exception);
        }

        if (status != ServingStatus.Serving)
        {
            throw new ToolException($"The server answers that it does not serve: {NameOf(status)}.");
        }
    }

    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private Exception ToException(RpcException exception)
    {
        for (var cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is TachyonConnectException or ToolException)
            {
                return cause;
            }
        }

        var detail = exception.Status.Detail.Length == 0 ? "." : $": {exception.Status.Detail}";
        return new ToolException(
            exception.StatusCode switch
            {
                StatusCode.Unimplemented => "The server has no health service (grpc.health.v1): ping it without --health.",
                StatusCode.NotFound => $"The server does not know the service '{_request.Service}': name one that it checks, or none for the whole server.",
                _ => $"The health check failed with {exception.StatusCode}{detail}",
            },
            exception);
    }

    // The names of grpc.health.v1, which other tools print too.
    private static string NameOf(ServingStatus status) => status switch
    {
        ServingStatus.Unknown => "UNKNOWN",
        ServingStatus.NotServing => "NOT_SERVING",
        ServingStatus.ServiceUnknown => "SERVICE_UNKNOWN",
        _ => $"{status:D}",
    };
}
