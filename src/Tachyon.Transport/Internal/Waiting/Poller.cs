using System.Diagnostics;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// Polls those connections of a reactor that are active, as a work item of the thread pool. A connection that was woken by its doorbell is
/// polled until nothing came for its budget; the wake-ups in between cost no system call on either side.
/// </summary>
/// <remarks>
/// Why in the pool: a call crosses several hops of Kestrel and HttpClient, each of them a work item. The poller completes what is ready,
/// queues itself again behind the work that this caused, and returns, so that the same hot worker runs that work: no thread is woken for
/// it. docs/adr/0003-poller-in-the-thread-pool.md has the numbers.
/// <para>Blocking handlers can starve it. The reactor watches its heartbeat and reclaims the connections (<see cref="ReclaimIfStalled"/>):
/// they are served by doorbell until the poller runs again.</para>
/// </remarks>
internal sealed class Poller : IThreadPoolWorkItem
{
    // About a quarter of a microsecond between two passes, and some 16 before a yield. The answer to a small call comes after 12: a thread
    // that yields before that gives its core to another thread that spins, and finds the answer late
    // (docs/adr/0008-where-the-time-goes.md).
    private const int PauseIterations = 6;
    private const int PassesPerYield = 64;

    // Reading the queue length of the pool is expensive beside a pass (it adds up the queues of all workers), so idle passes do it less
    // often.
    private const int PassesPerPoolCheck = 8;

    private readonly Contention _contention = new();

    private readonly Lock _lock = new();

    // What the reactor reclaimed, under the lock; only a pass may release it. The flag is for reads without the lock.
    private readonly List<WatchedConnection> _reclaimed = [];
    private bool _hasReclaimed;

    // Copy on write, under the lock: joining and leaving are rare beside passes.
    private WatchedConnection[] _connections = [];

    // 1 while the work item is queued or runs.
    private int _scheduled;
    private long _heartbeat;
    private long _heartbeatSeen = -1;
    private bool _stalled;

    /// <summary>Passes over the active connections so far.</summary>
    internal long Passes => Volatile.Read(ref _heartbeat);

    internal bool IsActive => Volatile.Read(ref _connections).Length > 0;

    /// <summary>Whether other threads want the cores, so that nothing is polled. Any thread.</summary>
    internal bool IsContended => _contention.IsOn(Stopwatch.GetTimestamp());

    /// <summary>Starts to poll a connection whose doorbell rang, if that is worth it. The thread that serves the doorbell.</summary>
    internal bool TryJoin(WatchedConnection connection)
    {
        Debug.Assert(connection.Region.IsReferenced, "The thread that handles an event holds a reference.");
        var now = Stopwatch.GetTimestamp();
        connection.PollState.OnDoorbell(now);
        if (Volatile.Read(ref _stalled) && Volatile.Read(ref _scheduled) == 0)
        {
            // At rest, not stalled: it stopped after the reactor had decided to watch it. Only its next pass would clear this, and there is
            // none before a connection joins.
            Volatile.Write(ref _stalled, false);
        }

        // The poll set's own reference; released by the poller, which is the only thread that polls without another.
        if (Volatile.Read(ref _stalled)
            || _contention.IsOn(now)
            || connection.PollState.Budget == 0
            || !connection.Region.TryAddReference())
        {
            return false;
        }

        connection.PollState.OnJoin();
        connection.EnterPollMode();
        lock (_lock)
        {
            Volatile.Write(ref _connections, [.. _connections, connection]);
        }

        // The exchange is a full fence, partner of the one in TryStop: either the poller sees our connection, or we see that it is not
        // scheduled.
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _heartbeatSeen = -1;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    /// <summary>
    /// Serves all connections by doorbell again if no pass was made since the last call. Reactor thread only, on its tick.
    /// </summary>
    internal void ReclaimIfStalled()
    {
        var heartbeat = Passes;
        if (heartbeat != _heartbeatSeen)
        {
            _heartbeatSeen = heartbeat;
            return;
        }

        Volatile.Write(ref _stalled, true);
        foreach (var connection in Volatile.Read(ref _connections))
        {
            // Our own reference: the poller may run again at any moment and release that of the poll set, while we still arm the waits. A
            // connection without any reference has left the poll set.
            if (!connection.Region.TryAddReference())
            {
                continue;
            }

            // The poller may be in the middle of a pass over an older snapshot: it keeps its reference until its next pass.
            Leave(connection, release: false);
            connection.Region.Release();
        }
    }

    public void Execute()
    {
        var start = Stopwatch.GetTimestamp();
        var idlePasses = 0;
        while (true)
        {
            Volatile.Write(ref _heartbeat, _heartbeat + 1);
            Volatile.Write(ref _stalled, false);
            ReleaseReclaimed();
            var now = Stopwatch.GetTimestamp();
            if (idlePasses > 0)
            {
                _contention.OnIdlePass(now, elapsed: now - start);
            }

            var progress = PollAll(now, elapsed: now - start);
            start = now;
            if (!IsActive && TryStop())
            {
                return;
            }

            if ((progress || idlePasses % PassesPerPoolCheck == 0) && ThreadPool.PendingWorkItemCount > 0)
            {
                // Behind the work that we caused, and behind all other work.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            if (progress)
            {
                idlePasses = 0;
            }
            else if (++idlePasses % PassesPerYield == 0)
            {
                // Where there are fewer cores than pollers, a poller that has nothing to do must let the others run. Not in every pass: it
                // is a system call.
                _ = Thread.Yield();
            }
            else
            {
                Thread.SpinWait(PauseIterations);
            }
        }
    }

    /// <summary>One pass over the connections.</summary>
    private bool PollAll(long now, long elapsed)
    {
        var connections = Volatile.Read(ref _connections);
        var progress = false;
        foreach (var connection in connections)
        {
            if (connection.Poll())
            {
                connection.PollState.OnProgress(now);
                progress = true;
                continue;
            }

            connection.PollState.OnIdlePass(elapsed);
            if (connection.IsClosed || connection.PollState.IsExhausted(now) || _contention.IsOn(now))
            {
                Leave(connection, release: true);
            }
        }

        return progress;
    }

    private bool TryStop()
    {
        Volatile.Write(ref _scheduled, 0);

        // Full fence, partner of the exchange in TryJoin.
        Interlocked.MemoryBarrier();

        // Not with a reference in hand: what was reclaimed during the last pass is released at the start of the next one. In this order: a
        // connection is noted before it is taken off the set (Leave), so a thread that sees the set empty sees what was noted.
        return (!IsActive && !Volatile.Read(ref _hasReclaimed)) || Interlocked.Exchange(ref _scheduled, 1) != 0;
    }

    private void Leave(WatchedConnection connection, bool release)
    {
        lock (_lock)
        {
            var index = Array.IndexOf(_connections, connection);
            if (index < 0)
            {
                return;
            }

            if (!release)
            {
                // Before it is off the set, partner of TryStop.
                _reclaimed.Add(connection);
                Volatile.Write(ref _hasReclaimed, true);
            }

            Volatile.Write(ref _connections, [.. _connections[..index], .. _connections[(index + 1)..]]);
        }

        connection.LeavePollMode();
        if (release)
        {
            connection.Region.Release();
        }
    }

    private void ReleaseReclaimed()
    {
        if (!Volatile.Read(ref _hasReclaimed))
        {
            return;
        }

        lock (_lock)
        {
            foreach (var connection in _reclaimed)
            {
                connection.Region.Release();
            }

            _reclaimed.Clear();
            Volatile.Write(ref _hasReclaimed, false);
        }
    }
}
