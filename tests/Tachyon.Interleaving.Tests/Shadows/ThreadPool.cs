using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal;

/// <summary>Stands in for the thread pool: every work item is a thread of the explorer. Taken in order, run side by side.</summary>
internal static class ThreadPool
{
    private static readonly Step s_queue = new("queue", "pool", nameof(ThreadPool), 0);

    internal static long PendingWorkItemCount
    {
        get
        {
            Execution.Step(new Step("count", "pool", nameof(ThreadPool), 0), Access.Read);
            return Execution.Active.WorkItemsNotStarted;
        }
    }

    internal static void UnsafeQueueUserWorkItem(IThreadPoolWorkItem item, bool preferLocal)
    {
        _ = preferLocal;
        Queue(item.GetType().Name, item.Execute);
    }

    internal static void UnsafeQueueUserWorkItem<T>(Action<T> callBack, T state, bool preferLocal)
    {
        _ = preferLocal;
        Queue("continuation", () => callBack(state));
    }

    private static void Queue(string name, Action run)
    {
        Execution.Step(s_queue, Access.Write);

        // A system call or a lock in the real one: nothing is left behind in a store buffer.
        StoreBuffer.Drain();
        Execution.Active.Queue(name, run);
    }
}
