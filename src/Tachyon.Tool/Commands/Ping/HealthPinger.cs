using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>Calls the standard health service, grpc.health.v1: a round trip through the whole of gRPC, and an answer of the application.</summary>
internal sealed class HealthPinger(GrpcChannel channel, string service) : IPinger
{
    private const int Serving = 1;
    private static readonly string[] s_statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    private static readonly Method<string, byte[]> s_check = new(
        MethodType.Unary,
        "grpc.health.v1.Health",
        "Check",
        Marshallers.Create(Write, static _ => ""),
        Marshallers.Create(static message => message, static message => message));

    private readonly CallInvoker _invoker = channel.CreateCallInvoker();

    public string Name => service.Length == 0 ? "health check" : $"health check of '{service}'";

    /// <summary>The first call makes the connection.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => PingAsync(cancellationToken);

    public async Task PingAsync(CancellationToken cancellationToken)
    {
        int status;
        try
        {
            using AsyncUnaryCall<byte[]> call = _invoker.AsyncUnaryCall(s_check, null, new CallOptions(cancellationToken: cancellationToken), service);
            status = Read(await call.ResponseAsync.ConfigureAwait(false));
        }
        catch (RpcException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw Explain(exception);
        }

        if (status != Serving)
        {
            throw new ToolException($"The server answers that it does not serve: {s_statuses.ElementAtOrDefault(status) ?? status.ToString(System.Globalization.CultureInfo.InvariantCulture)}.");
        }
    }

    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Exception Explain(RpcException exception)
    {
        for (Exception? cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is TachyonConnectException or ToolException)
            {
                return cause;
            }
        }

        return new ToolException(
            exception.StatusCode == StatusCode.Unimplemented
                ? "The server has no health service (grpc.health.v1): ping it without --health."
                : $"The health check failed with {exception.StatusCode}: {exception.Status.Detail}",
            exception);
    }

    // HealthCheckRequest: string service = 1, at most 127 bytes here, so that its length is one byte.
    private static byte[] Write(string service)
    {
        byte[] text = Encoding.UTF8.GetBytes(service);
        return text.Length == 0 ? [] : [0x0A, checked((byte)text.Length), .. text];
    }

    // HealthCheckResponse: enum status = 1, a number below 128. Absent is 0.
    private static int Read(byte[] message) => message is [0x08, < 128, ..] ? message[1] : 0;
}
