using System.Diagnostics;
using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// Polls the connections that are active, as a work item of the thread pool. Once an end was woken by its doorbell it is polled
/// until nothing came for its budget; the wake-ups in between cost no system call on either side.
/// </summary>
/// <remarks>
/// Why in the pool: a call crosses several hops of Kestrel and HttpClient, each of them a work item. The poller completes what is
/// ready, queues itself again behind the work that this caused, and returns, so that the same hot worker runs that work: no thread
/// is woken for it. docs/adr/0003-poller-in-the-thread-pool.md has the numbers.
/// <para>It may starve: behind blocking handlers nobody would be armed. The reactor watches its heartbeat and takes the connections back
/// (<see cref="ReclaimIfStalled"/>); they are served by doorbell until the poller runs again.</para>
/// </remarks>
internal sealed class Poller : IThreadPoolWorkItem
{
    internal static readonly Poller Shared = new();

    internal static readonly long MaxBudget = Microseconds(200);
    internal static readonly long InitialBudget = Microseconds(50);
    private static readonly long s_minimumBudget = Microseconds(10);

    // More than the largest budget: while both sides sleep between messages, the gap has two wake-ups in it that polling saves.
    private static readonly long s_closeTogether = Microseconds(350);

    // About a quarter of a microsecond between two looks, and some 16 before a yield. The answer to a small call comes after 12: who yields
    // before that hands its core to somebody who spins as well, and finds the answer late (docs/adr/0008-where-the-time-goes.md).
    private const int PauseIterations = 6;
    private const int PassesPerYield = 64;

    // Asking the pool for its queue is dear beside a look (it adds up the queues of all workers), so vain passes ask less often.
    private const int PassesPerPoolCheck = 8;

    // While the pool is busy with other work the poller makes single passes; an end idle for this long is not worth even those.
    private static readonly long s_maximumIdle = Microseconds(2_000);

    private readonly Lock _lock = new();

    // What the reactor took back, under the lock; only a pass may release it. The flag is for looks without the lock.
    private readonly List<ConnectionCore> _reclaimed = [];
    private bool _hasTakenBack;

    // Copy on write, under the lock: joining and leaving are rare beside looking.
    private ConnectionCore[] _ends = [];

    // 1 while the work item is queued or runs.
    private int _scheduled;
    private long _heartbeat;
    private long _heartbeatSeen = -1;
    private bool _stuck;

    /// <summary>Passes over the active connections so far.</summary>
    internal long Passes => Volatile.Read(ref _heartbeat);

    internal bool IsActive => Volatile.Read(ref _ends).Length > 0;

    /// <summary>Starts to poll an end whose doorbell rang, if that is worth it. Reactor only.</summary>
    internal bool TryJoin(ConnectionCore end)
    {
        long now = Stopwatch.GetTimestamp();
        AdaptBudget(end, now - end.LastProgress);
        end.LastProgress = now;

        if (Volatile.Read(ref _stuck) && Volatile.Read(ref _scheduled) == 0)
        {
            // At rest, and not stuck: it came to rest after the reactor had decided to watch it. Only its next pass would clear this,
            // and there will be none before somebody joins.
            Volatile.Write(ref _stuck, false);
        }

        // The poll set's own reference; released by the poller, which is the only one that looks without another.
        if (Volatile.Read(ref _stuck) || end.PollBudget == 0 || !end.Region.TryAddReference())
        {
            return false;
        }

        end.IdlePollTicks = 0;
        end.EnterPollMode();
        lock (_lock)
        {
            Volatile.Write(ref _ends, [.. _ends, end]);
        }

        // The exchange is a full fence, partner of the one in TryStop: either it sees our end, or we see that nobody is scheduled.
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _heartbeatSeen = -1;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Serves all ends by doorbell again if no pass was made since the last call. Reactor only, on its tick.</summary>
    internal void ReclaimIfStalled()
    {
        long heartbeat = Passes;
        if (heartbeat != _heartbeatSeen)
        {
            _heartbeatSeen = heartbeat;
            return;
        }

        Volatile.Write(ref _stuck, true);
        foreach (ConnectionCore end in Volatile.Read(ref _ends))
        {
            // The poller may be in the middle of a pass over an older snapshot: it keeps its reference until its next pass.
            Leave(end, release: false);
        }
    }

    public void Execute()
    {
        long start = Stopwatch.GetTimestamp();
        int vain = 0;
        while (true)
        {
            Volatile.Write(ref _heartbeat, _heartbeat + 1);
            Volatile.Write(ref _stuck, false);
            ReleaseTakenBack();
            ConnectionCore[] ends = Volatile.Read(ref _ends);
            bool progress = false;
            long now = Stopwatch.GetTimestamp();
            long elapsed = now - start;
            start = now;
            foreach (ConnectionCore end in ends)
            {
                if (end.Poll())
                {
                    end.LastProgress = now;
                    end.IdlePollTicks = 0;
                    progress = true;
                    continue;
                }

                end.IdlePollTicks += elapsed;
                if (end.IsClosed || end.IdlePollTicks > end.PollBudget || now - end.LastProgress > s_maximumIdle)
                {
                    Leave(end, release: true);
                }
            }

            if (!IsActive && TryStop())
            {
                return;
            }

            if ((progress || vain % PassesPerPoolCheck == 0) && ThreadPool.PendingWorkItemCount > 0)
            {
                // Behind the work that we caused, and behind everybody else's.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            if (progress)
            {
                vain = 0;
            }
            else if (++vain % PassesPerYield == 0)
            {
                // Where there are fewer cores than pollers, the one that has nothing to do must let the others run. Not in every pass:
                // it is a system call.
                _ = Thread.Yield();
            }
            else
            {
                Thread.SpinWait(PauseIterations);
            }
        }
    }

    private bool TryStop()
    {
        Volatile.Write(ref _scheduled, 0);

        // Full fence, partner of the exchange in TryJoin.
        Interlocked.MemoryBarrier();

        // Not with a reference in hand: what was taken back during the last pass is released at the start of the next one. In this order:
        // an end is noted before it is taken off the set (Leave), so whoever sees the set empty sees what was noted.
        return (!IsActive && !Volatile.Read(ref _hasTakenBack)) || Interlocked.Exchange(ref _scheduled, 1) != 0;
    }

    private void Leave(ConnectionCore end, bool release)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(_ends, end);
            if (index < 0)
            {
                return;
            }

            if (!release)
            {
                // Before it is off the set, partner of TryStop.
                _reclaimed.Add(end);
                Volatile.Write(ref _hasTakenBack, true);
            }

            Volatile.Write(ref _ends, [.. _ends[..index], .. _ends[(index + 1)..]]);
        }

        end.LeavePollMode();
        if (release)
        {
            end.Region.Release();
        }
    }

    private void ReleaseTakenBack()
    {
        if (!Volatile.Read(ref _hasTakenBack))
        {
            return;
        }

        lock (_lock)
        {
            foreach (ConnectionCore end in _reclaimed)
            {
                end.Region.Release();
            }

            _reclaimed.Clear();
            Volatile.Write(ref _hasTakenBack, false);
        }
    }

    /// <summary>
    /// As Linux's haltpoll does: where messages come close together the budget grows, where they do not it shrinks, at last to nothing:
    /// who always sleeps long between messages is not polled at all.
    /// </summary>
    private static void AdaptBudget(ConnectionCore end, long sinceLastMessage)
        => end.PollBudget = sinceLastMessage <= s_closeTogether
            ? Math.Min(MaxBudget, Math.Max(end.PollBudget, s_minimumBudget) * 2)
            : end.PollBudget / 2 < s_minimumBudget ? 0 : end.PollBudget / 2;

    private static long Microseconds(long value) => value * Stopwatch.Frequency / 1_000_000;
}
