using Tachyon.Transport.Internal;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The same for the client, whose usings alone would not decide between it and the runtime's.</summary>
internal sealed class TaskCompletionSource(TaskCreationOptions options) : Frames.TaskCompletionSource(options);

/// <summary>As <see cref="TaskCompletionSource"/>, with a result.</summary>
internal sealed class TaskCompletionSource<T>
{
    private readonly System.Threading.Tasks.TaskCompletionSource<T> _source = new();

    internal TaskCompletionSource(TaskCreationOptions options)
        => Assert.Equal(TaskCreationOptions.RunContinuationsAsynchronously, options);

    internal Task<T> Task => _source.Task;

    internal void TrySetResult(T result) => Complete(source => source.TrySetResult(result));

    internal void TrySetException(Exception exception) => Complete(source => source.TrySetException(exception));

    internal void TrySetCanceled(CancellationToken cancellationToken) => Complete(source => source.TrySetCanceled(cancellationToken));

    private void Complete(Action<System.Threading.Tasks.TaskCompletionSource<T>> complete)
        => ThreadPool.UnsafeQueueUserWorkItem(complete, _source, preferLocal: false);
}
