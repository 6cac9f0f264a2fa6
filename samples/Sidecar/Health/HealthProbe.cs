using Grpc.Core;
using Grpc.Health.V1;
using Samples;
using Tachyon.Grpc.Client;

namespace Sidecar.Health;

/// <summary>The command of an exec probe of Kubernetes: the kubelet's own gRPC probe supports TCP only.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string socket, string service)
    {
        using var channel = TachyonChannel.ForAddress(socket);
        try
        {
            var reply = await new Grpc.Health.V1.Health.HealthClient(channel)
                .CheckAsync(new HealthCheckRequest { Service = service }, deadline: DateTime.UtcNow + s_limit);
            Console.WriteLine(reply.Status);
            return reply.Status == HealthCheckResponse.Types.ServingStatus.Serving ? ExitCodes.Success : ExitCodes.Failed;
        }
        catch (RpcException exception)
        {
            await Console.Error.WriteLineAsync($"{exception.StatusCode}: {exception.Status.Detail}");
            return ExitCodes.Failed;
        }
    }
}
