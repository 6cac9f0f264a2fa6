using System.Collections.Concurrent;
using Grpc.Core;

namespace Tachyon.TestHost.Services;

/// <summary>
/// What a test may watch and steer of the handlers in its own process: one <see cref="CallProbe"/> for each call that carries
/// the header <see cref="IdHeader"/>.
/// </summary>
public sealed class ServerProbe
{
    public const string IdHeader = "call-id";

    private readonly ConcurrentDictionary<string, CallProbe> _calls = new();

    public CallProbe Call(string id) => _calls.GetOrAdd(id, static _ => new CallProbe());

    public CallProbe Call(ServerCallContext context) => Call(context.RequestHeaders.GetValue(IdHeader) ?? string.Empty);
}

/// <summary>One call as its handler sees it.</summary>
public sealed class CallProbe
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _written;
    private long _read;

    /// <summary>The handler runs.</summary>
    public Task Started => _started.Task;

    /// <summary>The handler was told that the client no longer waits for it: its token has fired, or a read or a write has
    /// failed.</summary>
    public Task Cancelled => _cancelled.Task;

    /// <summary>The handler has returned, whichever way.</summary>
    public Task Finished => _finished.Task;

    /// <summary>The deadline that reached the server.</summary>
    public DateTime Deadline { get; private set; }

    /// <summary>Messages whose write has completed.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Messages that the handler has read.</summary>
    public long Read => Volatile.Read(ref _read);

    /// <summary>Lets a call of the Hold service end.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Runs a handler under the eyes of the test.</summary>
    internal async Task RunAsync(ServerCallContext context, Func<Task> handler)
    {
        Deadline = context.Deadline;
        await using var registration = context.CancellationToken.Register(() => _cancelled.TrySetResult());
        _started.TrySetResult();
        try
        {
            await handler();
        }
        catch
        {
            // A read or a write that fails may tell the handler before the token does.
            _cancelled.TrySetResult();
            throw;
        }
        finally
        {
            _finished.TrySetResult();
        }
    }

    public Task WaitForReleaseAsync(CancellationToken cancellationToken) => _released.Task.WaitAsync(cancellationToken);

    public void CountWritten() => Interlocked.Increment(ref _written);

    public void CountRead() => Interlocked.Increment(ref _read);
}
