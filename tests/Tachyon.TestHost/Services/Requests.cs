using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Writes of a client whose call may end at any moment. How it ended is in its answer: a write that fails only says that it
/// did.</summary>
internal static class Requests
{
    /// <returns>False when the call has ended.</returns>
    public static async Task<bool> TryWriteAsync(IClientStreamWriter<Payload> requests, Payload message)
    {
        try
        {
            await requests.WriteAsync(message);
            return true;
        }
        catch (Exception exception) when (IsEndOfCall(exception))
        {
            return false;
        }
    }

    public static async Task TryCompleteAsync(IClientStreamWriter<Payload> requests)
    {
        try
        {
            await requests.CompleteAsync();
        }
        catch (Exception exception) when (IsEndOfCall(exception))
        {
        }
    }

    private static bool IsEndOfCall(Exception exception)
        => exception is RpcException or InvalidOperationException or OperationCanceledException or IOException or HttpRequestException;
}
