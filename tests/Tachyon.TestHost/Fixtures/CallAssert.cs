using Grpc.Core;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Waits for calls that are to fail.</summary>
internal static class CallAssert
{
    /// <summary>Waits for the end of something that may fail, and returns what it failed with.</summary>
    public static async Task<Exception?> EndsAsync(Task task, string what)
    {
        await task.ContinueWith(static _ => { }, TaskScheduler.Default).Within(what);
        return task.Exception?.InnerException;
    }

    /// <summary>The call ends with one of the statuses.</summary>
    public static async Task<RpcException> FailsAsync(Task call, string what, params StatusCode[] statuses)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.Within(what));
        Assert.True(
            statuses.Contains(exception.StatusCode),
            $"{what}: {string.Join(" or ", statuses)} expected, got {exception.Status}");
        return exception;
    }

    /// <summary>
    /// The call was cancelled by this client. When that meets the start of a read, HttpClient lets the read fail with "The request was
    /// aborted" instead of its cancellation, and Grpc.Net.Client makes Unavailable of it (grpc/grpc-dotnet#1214): over any transport.
    /// </summary>
    public static async Task CancelledAsync(Task call, string what)
    {
        var exception = await FailsAsync(call, what, StatusCode.Cancelled, StatusCode.Unavailable);
        Assert.True(
            exception.StatusCode == StatusCode.Cancelled
            || exception.Status.DebugException is IOException { Message: "The request was aborted.", InnerException: null },
            $"{what}: a cancelled call expected, got {exception.Status}");
    }
}
