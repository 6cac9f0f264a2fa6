using System.Diagnostics;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

internal sealed partial class ConnectionCore
{
    internal override void OnDoorbell(bool inPool)
    {
        Debug.Assert(Region.IsReferenced, "The thread that handles an event holds a reference.");
        var isRing = _doorbellReceiver.OnEvent();
        NotifyIfProducerEnded();
        if (IsPolled)
        {
            // The poller checks the waits. If it is just leaving, it arms and checks again after _polled is cleared, and a doorbell for
            // that arming comes later than this one.
            return;
        }

        // The event that a doorbell makes by being watched may hide an early ring, so the waits are checked, but polling does not start.
        if (isRing && !inPool && Mode == TachyonWaitMode.Adaptive && _reactor.Poller.TryJoin(this))
        {
            return;
        }

        CompleteOrArm(inPool);

        // Last: the worker waits behind the continuation that was queued here.
        if (isRing && PollState.IsSoonAfterMessage() && (Mode == TachyonWaitMode.Park || _reactor.Poller.IsContended))
        {
            _reactor.Worker.Request();
        }
    }

    internal override void OnHangUp() => _resources.OnHangUp();

    internal override void OnEventAfterUse() => _resources.OnEventAfterUse();

    internal override void OnPeerGone()
    {
        Debug.Assert(Region.IsReferenced, "The thread that handles an event holds a reference.");
        Volatile.Write(ref _peerGone, true);
        CompleteWaits();
        NotifyReceiveEnded();
    }

    /// <summary>Reports the end of the receiving side, once. With the region referenced.</summary>
    internal void NotifyReceiveEnded()
    {
        Debug.Assert(Region.IsReferenced, "The region must be referenced while its states are read.");
        if (Interlocked.Exchange(ref _receiveEnded, null) is not { } receiveEnded)
        {
            return;
        }

        if (Failure is null)
        {
            // The state goes first: a peer that closed in order is gone, too.
            var gone = IsPeerGone;
            var final = Consumer.ProducerState switch
            {
                ProducerStates.Finished => ReceiveState.Finished,
                ProducerStates.Reset => ReceiveState.Reset,
                _ => gone ? ReceiveState.Died : ReceiveState.Open,
            };
            Volatile.Write(ref _finalReceiveState, (int)final);
        }

        receiveEnded();
    }

    /// <summary>The thread for peers has drained the doorbell: what the rings announced is checked as the reactor does.</summary>
    private void OnDrained()
    {
        if (!Region.TryAddReference())
        {
            return;
        }

        try
        {
            NotifyIfProducerEnded();
            if (!IsPolled)
            {
                CompleteOrArm();
            }
        }
#pragma warning disable CA1031 // As in the reactor: it must not end the thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
        finally
        {
            Region.Release();
        }
    }

    // Also when the owner does not read, as the sockets transport reports it, which reads ahead. Bytes before a FIN can still be read.
    private void NotifyIfProducerEnded()
    {
        if (Consumer.ProducerState != ProducerStates.Open)
        {
            NotifyReceiveEnded();
        }
    }
}
