using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// The reading half of a ring. Knows positions, validation and whom to wake; nothing of waiting or of pipes.
/// Used by one thread at a time, but <see cref="HasData"/>, <see cref="ProducerState"/> and the sleep word may be used by any.
/// </summary>
internal sealed unsafe class RingConsumer(RingControl control, byte* data, int capacity, Doorbell producer)
{
    private readonly ulong _mask = (ulong)capacity - 1;

    // The private truth of how far we are. The shared head is a copy for the producer and never read back: the peer can write it.
    private ulong _head;

    // The newest tail that passed validation.
    private ulong _tail;

    internal int Capacity => capacity;

    /// <summary>Bytes ever consumed.</summary>
    internal long BytesConsumed => (long)Volatile.Read(ref _head);

    /// <summary>Offset of the first unread byte in the (twice mapped) ring.</summary>
    internal int Offset => (int)(_head & _mask);

    /// <summary>Bytes that can be read now.</summary>
    /// <exception cref="TachyonProtocolException">The peer published an impossible tail.</exception>
    internal int Available()
    {
        // Acquire: pairs with the release of the tail in RingProducer.Publish; the bytes before the tail are visible after it.
        // Read once: the peer may change it between two reads.
        ulong tail = Volatile.Read(ref control.Tail);
        if (tail != _tail)
        {
            // It may only grow, and by no more than the space that was free. One unsigned comparison says both.
            ulong unread = _tail - _head;
            if (tail - _tail > (ulong)capacity - unread)
            {
                throw new TachyonProtocolException(
                    $"The peer broke the ring protocol: tail {tail} after tail {_tail} and head {_head} in a ring of {capacity} bytes.");
            }

            _tail = tail;
        }

        return AvailableSeen;
    }

    /// <summary>Bytes that <see cref="Available"/> has seen already; reads nothing shared.</summary>
    internal int AvailableSeen => (int)(_tail - _head);

    internal ReadOnlySpan<byte> Span(int length) => new(data + Offset, length);

    /// <summary>Gives <paramref name="count"/> bytes back to the producer, and wakes it if it waits for that.</summary>
    internal void Advance(int count)
    {
        Volatile.Write(ref _head, _head + (ulong)count);

        // Release: our reads of the bytes are done before the producer may overwrite them (acquire in RingProducer.Free).
        Volatile.Write(ref control.Head, _head);
        WakeProducer();
    }

    /// <summary>True when there is data, or a tail that <see cref="Available"/> must reject. Any thread.</summary>
    internal bool HasData => Volatile.Read(ref control.Tail) != Volatile.Read(ref _head);

    /// <summary>What the producer said last; see <see cref="ProducerStates"/>. Any thread.</summary>
    /// <remarks>Acquire: whoever sees FIN sees the last tail with it (release in <see cref="RingProducer.SetState"/>).</remarks>
    internal uint ProducerState => Volatile.Read(ref control.ProducerState);

    /// <summary>Says that nothing more will be read. The caller rings the doorbell.</summary>
    internal void SetClosed() => Volatile.Write(ref control.ConsumerState, ConsumerStates.Closed);

    /// <summary>Sleep step 1: say that we sleep. The caller must look at the ring again before it parks.</summary>
    internal void Arm()
    {
        Volatile.Write(ref control.DataWanted, 1);

        // Full fence, partner of the one in RingProducer.WakeConsumer: either the producer sees our word,
        // or we see its tail (store buffering, Dekker). Without it both could miss each other for ever.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Awake again. A wake-up that is under way already is merely spurious.</summary>
    internal void Disarm() => Volatile.Write(ref control.DataWanted, 0);

    private void WakeProducer()
    {
        // Full fence, partner of the one in RingProducer.Arm: either the sleeping producer sees our head, or we see its word.
        Interlocked.MemoryBarrier();
        ulong wanted = Volatile.Read(ref control.SpaceWanted);
        if (wanted == 0)
        {
            return;
        }

        // The producer sleeps, so its tail stands still; a lying peer only harms its own wake-up.
        ulong used = Volatile.Read(ref control.Tail) - _head;
        ulong free = used <= (ulong)capacity ? (ulong)capacity - used : (ulong)capacity;
        if (free >= wanted && Interlocked.Exchange(ref control.SpaceWanted, 0) != 0)
        {
            producer.Ring();
        }
    }
}
