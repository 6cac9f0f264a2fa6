namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// A work item of the thread pool that waits for events in place of the reactor thread, while messages come close together and are not
/// polled for. The thread that wakes up then runs the continuation itself: one thread is woken for a message, not two.
/// </summary>
/// <remarks>
/// <para>It occupies a thread of the pool for at most <see cref="MaxWaitMilliseconds"/> after the last message, and goes behind all other
/// work after each event. docs/adr/0026-busy-machines.md has the numbers.</para>
/// <para>Of two threads in epoll_wait(2) the kernel wakes one for an event: the one that began to wait last. The reactor thread gets the
/// events that come while this one runs other work.</para>
/// </remarks>
internal sealed class WaitingWorker : IThreadPoolWorkItem
{
    internal const int MaxWaitMilliseconds = 1;

    internal static readonly WaitingWorker Shared = new();

    // The pool of a process with one processor has one thread, which all other work of the process would wait for.
    private static readonly bool s_isPoolLargeEnough = Environment.ProcessorCount > 1;

    // 1 while the work item is queued or runs.
    private int _scheduled;

    // 1 when an event since the last wait has asked for the next one.
    private int _requested;

    /// <summary>The next message of a connection is expected soon. Reactor thread, or this work item.</summary>
    internal void Request()
    {
        if (!s_isPoolLargeEnough)
        {
            return;
        }

        Volatile.Write(ref _requested, 1);

        // The exchange is a full fence, partner of the one in Execute: either the work item sees the request, or we see that it is not
        // scheduled.
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Execute()
    {
        // Not before other work: this would make it wait.
        if (ThreadPool.PendingWorkItemCount == 0)
        {
            Volatile.Write(ref _requested, 0);
            Reactor.Shared.WaitInPool(MaxWaitMilliseconds);
        }

        if (Volatile.Read(ref _requested) == 0)
        {
            Volatile.Write(ref _scheduled, 0);

            // Full fence, partner of the exchange in Request.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _requested) == 0 || Interlocked.Exchange(ref _scheduled, 1) != 0)
            {
                return;
            }
        }

        // Behind the work that the event has caused, which this thread runs next.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
