namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// A work item of the thread pool that waits for events in place of the reactor thread, while messages come close together and are not
/// polled for. The thread that wakes up then runs the continuation itself: one thread is woken for a message, not two.
/// </summary>
/// <remarks>
/// <para>It occupies a thread of the pool for at most <see cref="MaxWaitMilliseconds"/> after the last message, and goes behind all other
/// work after each event. docs/adr/0026-busy-machines.md has the numbers.</para>
/// <para>Of two threads in epoll_wait(2) Linux wakes one for an event: the one that began to wait last. No manual promises that. The
/// reactor thread serves every event that does not wake this one, so only speed depends on it, and a lost request costs no more than
/// that.</para>
/// </remarks>
internal sealed class WaitingWorker(Reactor reactor) : IThreadPoolWorkItem
{
    internal const int MaxWaitMilliseconds = 1;

    // Where other work is always queued, a poller for example, this would go behind it for ever and never wait.
    private const int MaxTurnsBehindWork = 16;

    // The pool of a process with one processor has one thread, which all other work of the process would wait for.
    private static readonly bool s_isPoolLargeEnough = Environment.ProcessorCount > 1;

    // 1 while the work item is queued or runs.
    private int _scheduled;

    // An event since the last wait has asked for the next one.
    private bool _requested;

    private int _turnsBehindWork;

    /// <summary>The next message of a connection is expected soon. Reactor thread, or this work item.</summary>
    internal void Request()
    {
        if (!s_isPoolLargeEnough)
        {
            return;
        }

        Volatile.Write(ref _requested, true);

        // One work item: the partner is the write in Execute. A request between the last read there and that write is lost.
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Execute()
    {
        if (ThreadPool.PendingWorkItemCount == 0)
        {
            // A request from before the wait is answered by it.
            Volatile.Write(ref _requested, false);
            _turnsBehindWork = 0;
            reactor.WaitInPool(MaxWaitMilliseconds);
        }
        else if (++_turnsBehindWork == MaxTurnsBehindWork)
        {
            Volatile.Write(ref _requested, false);
            _turnsBehindWork = 0;
        }

        if (Volatile.Read(ref _requested))
        {
            // Behind the work that the event has caused, which this thread runs next.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            Volatile.Write(ref _scheduled, 0);
        }
    }
}
