namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The threads on which a listener runs its handshakes. They are not those of the thread pool: an application that blocks the pool delays
/// calls, but no connect. Work may block; while it does, further threads take the rest of the queue.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class HandshakeWorkers(int maxThreads)
{
    private const int BlockedMilliseconds = 5;

    private static readonly int s_usualThreads = Math.Min(Environment.ProcessorCount, 4);
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(5);

    // Null on threads that run no handshakes.
    [ThreadStatic]
    private static Queue<Action>? s_afterCurrent;

    // Not a Lock: threads wait on it.
    private readonly object _gate = new();
    private readonly Queue<Action> _work = [];
    private int _threads;
    private int _idle;
    private long _taken;
    private long _takenAtLastCheck = -1;
    private long _lastCheck;
    private bool _stopped;

    /// <summary>Runs the work on one of the threads. It must not throw.</summary>
    internal void Run(Action work)
    {
        lock (_gate)
        {
            _work.Enqueue(work);
            if (_work.Count > _idle && _threads < Math.Min(s_usualThreads, maxThreads))
            {
                TryStart();
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Runs the work on the current thread, which takes the part of a worker meanwhile. It must not throw.</summary>
    internal static void RunHere(Action work)
    {
        var afterCurrent = s_afterCurrent ??= [];
        work();
        while (afterCurrent.TryDequeue(out var next))
        {
            next();
        }
    }

    /// <summary>
    /// Runs the action on the current thread when the work under way has returned. A wait begins that way: one that ended while its awaits
    /// are still being set up would continue in the thread pool.
    /// </summary>
    internal static void RunAfterCurrent(Action action)
    {
        if (s_afterCurrent is { } queue)
        {
            queue.Enqueue(action);
        }
        else
        {
            action();
        }
    }

    /// <summary>
    /// Called often while it returns true. When no work was taken for a while, all threads are blocked: their number is doubled. The
    /// surplus ends as soon as it finds no work.
    /// </summary>
    /// <returns>Whether work waits for a thread.</returns>
    internal bool GrowIfBlocked()
    {
        lock (_gate)
        {
            if (_work.Count == 0)
            {
                _takenAtLastCheck = -1;
                return false;
            }

            var now = Environment.TickCount64;
            if (_takenAtLastCheck != _taken)
            {
                _takenAtLastCheck = _taken;
                _lastCheck = now;
            }
            else if (now - _lastCheck >= BlockedMilliseconds)
            {
                _lastCheck = now;
                for (var more = Math.Clamp(_threads, 1, _work.Count); more > 0 && _threads < maxThreads; more--)
                {
                    TryStart();
                }
            }

            return true;
        }
    }

    /// <summary>
    /// Takes work that waits although there is no thread: none can be started, for want of memory or of the descriptors that a new thread
    /// needs.
    /// </summary>
    internal Action? TryTakeUnserved()
    {
        lock (_gate)
        {
            if (_threads > 0 || !_work.TryDequeue(out var work))
            {
                return null;
            }

            _taken++;
            return work;
        }
    }

    /// <summary>Ends the threads when all work is done.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void TryStart()
    {
        try
        {
            new Thread(Work) { IsBackground = true, Name = "Tachyon handshakes" }.UnsafeStart();
            _threads++;
        }
        catch (OutOfMemoryException)
        {
            // The limit on threads or on memory. Those that run take the work, or the next check tries again.
        }
    }

    private void Work()
    {
        while (TryTake() is { } work)
        {
            RunHere(work);
        }
    }

    private Action? TryTake()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_work.TryDequeue(out var work))
                {
                    _taken++;
                    return work;
                }

                // Those that wait take turns, so that under steady load none would ever wait for the idle time.
                if (_threads > s_usualThreads)
                {
                    _threads--;
                    return null;
                }

                // The last thread stays, without a timeout: a process at rest makes no calls.
                _idle++;
#pragma warning disable RS0030 // It is a thread of our own, and has nothing else to do.
                var pulsed = !_stopped && Monitor.Wait(_gate, _threads > 1 ? s_idleTime : Timeout.InfiniteTimeSpan);
#pragma warning restore RS0030
                _idle--;
                if (_work.Count == 0 && (_stopped || (!pulsed && _threads > 1)))
                {
                    _threads--;
                    return null;
                }
            }
        }
    }
}
