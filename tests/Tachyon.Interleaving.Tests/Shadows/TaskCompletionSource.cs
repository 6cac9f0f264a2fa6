namespace Tachyon.Frames;

/// <summary>
/// Stands in for the runtime's with RunContinuationsAsynchronously, which would queue its continuations to the real thread pool: here a
/// work item of the explorer completes the task, and runs them.
/// </summary>
internal class TaskCompletionSource
{
    private readonly System.Threading.Tasks.TaskCompletionSource _source = new();

    internal TaskCompletionSource(TaskCreationOptions options)
        => Assert.Equal(TaskCreationOptions.RunContinuationsAsynchronously, options);

    internal Task Task => _source.Task;

    internal void TrySetResult() => ThreadPool.UnsafeQueueUserWorkItem(static source => source.TrySetResult(), _source, preferLocal: false);
}
