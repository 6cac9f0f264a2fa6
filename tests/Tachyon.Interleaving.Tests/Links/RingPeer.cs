using Microsoft.Win32.SafeHandles;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Interleaving.Links;

/// <summary>
/// The other process, cut down to its ring halves: what it does to the shared words is the transport's own code, but it never sleeps, so
/// that an exploration has only one end's threads to go through.
/// </summary>
internal sealed unsafe class RingPeer
{
    private readonly RingProducer _producer;
    private readonly RingConsumer _consumer;
    private readonly Doorbell _bell;
    private readonly Lifeline _lifeline;
    private readonly byte* _receiving;
    private long _sent;
    private long _received;

    internal RingPeer(SharedRegion region, Doorbell bell, Lifeline lifeline)
    {
        _bell = bell;
        _lifeline = lifeline;
        _producer = new RingProducer(new RingControl(region.Header + RegionLayout.ControlBlock1), region.Ring1, region.Capacity1, _bell);
        _receiving = region.Header + RegionLayout.ControlBlock0;
        _consumer = new RingConsumer(new RingControl(_receiving), region.Ring0, region.Capacity0, _bell);
    }

    internal long Received => _received;

    internal void Send(int count)
    {
        BytePattern.Fill(_producer.Span(0, count), _sent);
        _producer.Publish(count);
        _sent += count;
    }

    /// <summary>Reads and checks what is there.</summary>
    internal int Receive(int atMost = int.MaxValue)
    {
        var count = Math.Min(_consumer.Available(), atMost);
        BytePattern.Check(_consumer.Span(count), _received);
        if (count > 0)
        {
            _consumer.Advance(count);
        }

        _received += count;
        return count;
    }

    /// <summary>Reads and checks in pieces until so many bytes came. Waits for each piece, in the explorer: it needs no wake-up.</summary>
    internal void ReceiveUntil(long count, int piece)
    {
        while (_received < count)
        {
            Execution.BlockUntil(
                new Step("wait for bytes", nameof(RegionLayout.Tail), nameof(RingPeer), 0),
                () => *(ulong*)(_receiving + RegionLayout.Tail) != (ulong)_received);
            _ = Receive(piece);
        }
    }

    internal void Finish() => End(ProducerStates.Finished);

    internal void Reset() => End(ProducerStates.Reset);

    internal void StopReading()
    {
        _consumer.SetClosed();
        _bell.Ring();
    }

    /// <summary>How the other end finished its stream; see <see cref="ProducerStates"/>.</summary>
    internal uint StateSeen => _consumer.ProducerState;

    /// <summary>The process ends without a word.</summary>
    internal void Die()
    {
        Execution.Step(new Step("die", "kernel", nameof(RingPeer), 0), Access.Write);
        _lifeline.Dispose();
    }

    private void End(uint state)
    {
        _producer.SetState(state);
        _bell.Ring();
    }
}
