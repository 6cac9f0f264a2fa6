using System.Diagnostics;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// How close the messages of one connection come together: for how long polling it is worth the time, and whether a thread should wait
/// for the next message where it is not polled.
/// </summary>
/// <remarks>
/// The reactor writes it when a connection joins, the poller while it polls, the <see cref="WaitingWorker"/> beside the reactor. Two can
/// write at once: then either value is a fair estimate, and none is torn.
/// </remarks>
internal sealed class PollState
{
    private static readonly long s_maxBudget = Ticks.OfMicroseconds(200);
    private static readonly long s_initialBudget = Ticks.OfMicroseconds(50);
    private static readonly long s_minBudget = Ticks.OfMicroseconds(10);

    // More than the largest budget: while both sides sleep between messages, the gap has two wake-ups in it that polling saves.
    private static readonly long s_closeTogether = Ticks.OfMicroseconds(350);

    // While the pool is busy with other work the poller makes single passes; a connection idle for this long is not worth even those.
    private static readonly long s_maxIdle = Ticks.OfMicroseconds(2_000);

    // Messages that come further apart are rare: no thread waits for the next. Longer than a time slice of the scheduler, for which a busy
    // machine may stop either side.
    private static readonly long s_soon = Ticks.OfMicroseconds(10_000);

    private long _budget = s_initialBudget;
    private long _lastProgress;
    private long _idlePollTicks;
    private long _lastRing = -s_soon - 1;

    /// <summary>Time without a message after which the connection is no longer polled; 0: it is not polled at all.</summary>
    internal long Budget
    {
        get => Volatile.Read(ref _budget);
        private set => Volatile.Write(ref _budget, value);
    }

    private long LastProgress
    {
        get => Volatile.Read(ref _lastProgress);
        set => Volatile.Write(ref _lastProgress, value);
    }

    private long IdlePollTicks
    {
        get => Volatile.Read(ref _idlePollTicks);
        set => Volatile.Write(ref _idlePollTicks, value);
    }

    /// <summary>
    /// The doorbell rang. As in Linux's haltpoll, the budget grows where messages come close together, and shrinks where they do not, at
    /// last to nothing: a connection that always sleeps long between messages is not polled at all.
    /// </summary>
    internal void OnDoorbell(long now)
    {
        var sinceLastMessage = now - LastProgress;
        Budget = sinceLastMessage <= s_closeTogether
            ? Math.Min(s_maxBudget, Math.Max(Budget, s_minBudget) * 2)
            : Budget / 2 < s_minBudget ? 0 : Budget / 2;
        LastProgress = now;
    }

    /// <summary>
    /// The doorbell rang, and polling did not begin: whether the message came close enough to the one before that a thread should wait for
    /// the next.
    /// </summary>
    internal bool IsSoonAfterMessage()
    {
        var now = Stopwatch.GetTimestamp();
        var previous = Volatile.Read(ref _lastRing);
        Volatile.Write(ref _lastRing, now);
        return now - previous <= s_soon;
    }

    internal void OnJoin() => IdlePollTicks = 0;

    internal void OnProgress(long now)
    {
        LastProgress = now;
        IdlePollTicks = 0;
    }

    internal void OnIdlePass(long elapsed) => IdlePollTicks += elapsed;

    internal bool IsExhausted(long now) => IdlePollTicks > Budget || now - LastProgress > s_maxIdle;
}
