using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>The events of the doorbell that this side sleeps on: counts them, and drains the doorbell.</summary>
/// <param name="doorbell">The doorbell of this side.</param>
/// <param name="statistics">Where the count is published.</param>
/// <param name="peerUserId">The user of the peer.</param>
/// <param name="drained">
/// Called on the thread for peers of that user after it has drained the doorbell; checks what the rings announced.
/// </param>
internal sealed class DoorbellReceiver(Doorbell doorbell, StatisticsLine statistics, uint peerUserId, Action drained)
{
    private bool _isWatched = !doorbell.HasEventWhenWatched;
    private long _ringsReceived;
    private int _drainQueued;

    internal long RingsReceived => Volatile.Read(ref _ringsReceived);

    /// <summary>An event of the doorbell. Two threads may serve two events at once (<see cref="Waiting.WaitingWorker"/>).</summary>
    /// <returns>False for the event that a doorbell makes by being watched, unless it was rung as early as that.</returns>
    internal bool OnEvent()
    {
        var isRing = Interlocked.Exchange(ref _isWatched, true);
        if (isRing)
        {
            statistics.SetWakeUpsReceived(Interlocked.Increment(ref _ringsReceived));
        }

        if (!doorbell.CanPeerBlockDrain)
        {
            doorbell.Drain();
        }
        else if (doorbell.IsNearlyFull() && Interlocked.Exchange(ref _drainQueued, 1) == 0)
        {
            PeerThread.Run(peerUserId, DrainAndRecheck);
        }

        return isRing;
    }

    private void DrainAndRecheck()
    {
        // Before the drain, partner of the exchange in OnEvent: the event of a ring that comes after the drain finds 0 there and queues the
        // next.
        Interlocked.Exchange(ref _drainQueued, 0);
        doorbell.Drain();

        // A ring that found no room since the reactor checked comes before this check.
        drained();
    }
}
