using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// A wait of one owner for the other side of a ring: of the consumer for data, or of the producer for space.
/// Exactly one of these claims a wait, by compare-and-swap: its owner, the reactor, the poller, a cancellation, the end of the connection.
/// </summary>
/// <remarks>
/// The protocol of sleeping and waking is implemented here and in the ring halves; docs/protocol.md draws it:
/// <code>
///   sleeper (Begin)                        waker (RingProducer.Publish / RingConsumer.Advance)
///   1  phase = waiting                     1  publish tail / head
///      full fence                             full fence
///   2  unless polled: sleep word = 1       2  read the sleep word
///      full fence                          3  if set, take it by exchange
///   3  recheck; if ready, claim back       4  if the exchange took it, ring the doorbell
/// </code>
/// A waker that took the word late (its step 3 after the sleeper woke for another reason and slept again) takes the flag of the NEXT
/// sleep. Its ring still follows, so on every doorbell that finds nothing to do the reactor arms again and rechecks.
/// </remarks>
internal abstract class Waiter(WatchedConnection connection) : IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;

    // Even: idle. Odd: waiting. Grows by one at each change, so that a claim on an old phase cannot hit a newer wait.
    private long _phase;

    private int _canceled;

    // The version (plus one, so never 0) of the wait whose result was not taken, and of the wait that is not awaited yet. By version: a
    // late second await of an older wait must not count as the first of this one.
    private int _due;
    private int _awaitable;

    internal short Version => _core.Version;

    /// <summary>Starts a wait. Owner only, one at a time.</summary>
    /// <param name="yield">
    /// Completes asynchronously even when there is something to do at once, so that other connections get their turn.
    /// </param>
    /// <returns>False when the owner waits and will be completed; true when there is something to do at once.</returns>
    internal bool Begin(bool yield = false)
    {
        Debug.Assert((_phase & 1) == 0, "A wait begins after the one before it was completed.");
        _core.Reset();
        _due = _awaitable = Mark(_core.Version);
        var waiting = _phase + 1;

        // Full fence. Partner: WatchedConnection.LeavePollMode (not polled; fence; read the phase). Either we see that no thread polls and
        // arm, or the leaver sees that we wait and arms for us. Also partner of Cancel and of WatchedConnection.CompleteWaits.
        _ = Interlocked.Exchange(ref _phase, waiting);
        var polled = connection.IsPolled;
        if (!polled)
        {
            Arm();
        }
        else if (yield)
        {
            // The poller checks it in its next pass, after the others.
            return false;
        }

        if (IsReady() && TryClaim(waiting))
        {
            Disarm();
            if (!yield)
            {
                return true;
            }

            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return false;
        }

        if (!polled)
        {
            connection.CountPark();
        }

        return false;
    }

    /// <summary>Completes the wait if there is one and it is ready. Any thread that keeps the region mapped.</summary>
    /// <param name="inline">Runs the continuation here; otherwise it is queued to the thread pool.</param>
    internal bool TryComplete(bool inline)
    {
        Debug.Assert(connection.Region.IsReferenced, "The region must be referenced while a wait is checked.");
        var phase = Volatile.Read(ref _phase);
        if ((phase & 1) == 0 || !IsReady() || !TryClaim(phase))
        {
            return false;
        }

        // The sleep word is cleared before the result is set: after that the owner may begin its next sleep.
        Disarm();
        if (inline)
        {
            _core.SetResult(true);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    /// <summary>
    /// For a wait that is no longer polled, or whose sleep word a late waker may have taken: arms it, and checks it again.
    /// </summary>
    /// <remarks>
    /// Repeats if a newer wait has begun: while we armed, the old wait may have been completed and the next one begun, and we may have
    /// written the old wait's number of wanted bytes over the new one's, which would wake the new wait too late.
    /// </remarks>
    internal void ArmAndRecheck()
    {
        var phase = Volatile.Read(ref _phase);
        while ((phase & 1) != 0)
        {
            Arm();
            TryComplete(inline: false);
            var now = Volatile.Read(ref _phase);
            if (now == phase)
            {
                return;
            }

            phase = now;
        }
    }

    /// <summary>
    /// Ends the current wait, or the next one, as canceled. Sticky until <see cref="TakeCanceled"/>. Any thread, any time.
    /// </summary>
    internal void Cancel()
    {
        // Full fence, partner of Begin: either the sleeper sees the flag, or we see that it waits.
        _ = Interlocked.Exchange(ref _canceled, 1);
        if (connection.Region.TryAddReference())
        {
            TryComplete(inline: false);
            connection.Region.Release();
        }
    }

    internal bool TakeCanceled() => Volatile.Read(ref _canceled) != 0 && Interlocked.Exchange(ref _canceled, 0) != 0;

    internal bool IsCanceled => Volatile.Read(ref _canceled) != 0;

    internal ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <remarks>
    /// Never throws for a second or late await: the runtime ends the process when an awaiter throws here. Such a continuation is queued at
    /// once, and the <see cref="GetResult"/> that it calls throws into its caller.
    /// </remarks>
    internal void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var mark = Mark(token);
        if (Interlocked.CompareExchange(ref _awaitable, 0, mark) != mark)
        {
            ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: false);
            return;
        }

        _core.OnCompleted(continuation, state, token, flags);
    }

    /// <summary>Takes the result of the wait, once.</summary>
    /// <exception cref="InvalidOperationException">The wait is not over, or its result was taken.</exception>
    internal void GetResult(short token)
    {
        _core.GetResult(token);
        var mark = Mark(token);
        if (Interlocked.CompareExchange(ref _due, 0, mark) != mark)
        {
            throw new InvalidOperationException("The result was taken already: the ValueTask of a read may be awaited only once.");
        }
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(true);

    /// <summary>Whether there is something to do. Stays true until the owner acts, unless the peer breaks the protocol.</summary>
    protected abstract bool IsReady();

    /// <summary>Sets the sleep word, then a full fence.</summary>
    protected abstract void Arm();

    protected abstract void Disarm();

    private static int Mark(short version) => (ushort)version + 1;

    private bool TryClaim(long waiting) => Interlocked.CompareExchange(ref _phase, waiting + 1, waiting) == waiting;
}
