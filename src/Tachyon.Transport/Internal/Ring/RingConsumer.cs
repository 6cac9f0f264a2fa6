using System.Diagnostics;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// The reading half of a ring: positions, their validation, and when to wake the producer. It knows neither waits nor pipes.
/// Used by one thread at a time; any thread may use <see cref="HasData"/>, <see cref="ProducerState"/> and the sleep word.
/// </summary>
internal sealed unsafe class RingConsumer(RingControl control, byte* data, int capacity, Doorbell producer)
{
    private readonly ulong _mask = (ulong)capacity - 1;

    // Bytes that were consumed. The shared head is a copy for the producer and never read back: the peer can write it.
    private ulong _head;

    // The newest tail that passed validation.
    private ulong _tail;

    private OwnerCheck _owner;

    // Null unless the traffic is captured.
    private volatile RingTap? _tap;

    internal int Capacity => capacity;

    /// <summary>Bytes ever consumed.</summary>
    internal long BytesConsumed => (long)Volatile.Read(ref _head);

    /// <summary>Offset of the first unread byte in the (twice mapped) ring.</summary>
    internal int Offset => (int)(_head & _mask);

    /// <summary>Bytes that can be read now.</summary>
    /// <exception cref="TachyonProtocolException">The peer published an impossible tail.</exception>
    internal int Available()
    {
        // Read once: the peer may change it between two reads.
        var tail = control.ReadTailAcquire();
        if (tail != _tail)
        {
            // It may only grow, and by no more than the space that was free. One unsigned comparison checks both.
            var unread = _tail - _head;
            if (tail - _tail > (ulong)capacity - unread)
            {
                throw new TachyonProtocolException(
                    $"The peer broke the ring protocol: tail {tail} after tail {_tail} and head {_head} in a ring of {capacity} bytes.");
            }

            _owner.Begin();

            // Before the reader sees them: its answer must not be captured first.
            _tap?.OnBytes((long)_tail, new ReadOnlySpan<byte>(data + (int)(_tail & _mask), (int)(tail - _tail)));
            _tail = tail;
            _owner.End();
        }

        return AvailableSeen;
    }

    /// <summary>Readable bytes as of the last <see cref="Available"/>; reads nothing shared.</summary>
    internal int AvailableSeen => (int)(_tail - _head);

    internal ReadOnlySpan<byte> Span(int length) => new(data + Offset, length);

    /// <summary>Returns <paramref name="count"/> bytes to the producer, and wakes it if it waits for so much space.</summary>
    internal void Advance(int count)
    {
        Debug.Assert(count >= 0 && count <= AvailableSeen, "No more is returned than was seen.");
        _owner.Begin();
        Volatile.Write(ref _head, _head + (ulong)count);
        control.PublishHeadRelease(_head);
        _owner.End();
        WakeProducer();
    }

    /// <summary>True when there is data, or a tail that <see cref="Available"/> must reject. Any thread.</summary>
    internal bool HasData => control.ReadTailAcquire() != Volatile.Read(ref _head);

    /// <summary>The state of the producer: one of <see cref="ProducerStates"/>, unless the peer breaks the protocol. Any thread.</summary>
    internal uint ProducerState => control.ReadProducerStateAcquire();

    /// <summary>The reader has seen all bytes of a producer that ended; for a capture. Its owner only.</summary>
    internal void OnProducerEnded(bool isFinished) => _tap?.OnEnded((long)_tail, isFinished);

    /// <summary>Begins or, with null, ends the capture of what becomes visible from now on. Any thread.</summary>
    internal void SetTap(RingTap? tap) => _tap = tap;

    /// <summary>Publishes that nothing more will be read. The caller rings the doorbell.</summary>
    internal void SetClosed() => control.PublishConsumerStateRelease(ConsumerStates.Closed);

    /// <summary>Step 1 of a sleep until there is data; see <see cref="RingControl.ArmDataWanted"/>.</summary>
    internal void Arm() => control.ArmDataWanted();

    internal void Disarm() => control.DisarmDataWanted();

    private void WakeProducer()
    {
        var wanted = control.ReadSpaceWantedAfterFence();
        if (wanted == 0)
        {
            return;
        }

        // The producer sleeps, so its tail does not move. A peer that lies about it delays only its own wake-up.
        var used = control.ReadTailAcquire() - _head;
        var free = used <= (ulong)capacity ? (ulong)capacity - used : (ulong)capacity;
        if (free >= wanted && control.TryTakeSpaceWanted())
        {
            producer.Ring();
        }
    }
}
