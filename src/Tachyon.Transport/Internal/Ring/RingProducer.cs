using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// The writing half of a ring. Knows positions, validation and whom to wake; nothing of waiting or of pipes.
/// Used by one thread at a time, but <see cref="HasSpace"/>, <see cref="ConsumerState"/> and the sleep word may be used by any.
/// </summary>
internal sealed unsafe class RingProducer(RingControl control, byte* data, int capacity, Doorbell consumer)
{
    private readonly ulong _mask = (ulong)capacity - 1;

    // The private truth of how much was published; the shared tail is a copy for the consumer and never read back.
    private ulong _tail;

    // The newest head that passed validation.
    private ulong _head;

    internal int Capacity => capacity;

    /// <summary>Bytes ever published.</summary>
    internal long BytesProduced => (long)Volatile.Read(ref _tail);

    /// <summary>Bytes that can be written now, counted from the published tail.</summary>
    /// <exception cref="TachyonProtocolException">The peer published an impossible head.</exception>
    internal int Free()
    {
        // Acquire: pairs with the release of the head in RingConsumer.Advance; the consumer is done with the bytes before it.
        // Read once: the peer may change it between two reads.
        ulong head = Volatile.Read(ref control.Head);
        if (head != _head)
        {
            // It may only grow, and never past what was published. One unsigned comparison says both.
            if (head - _head > _tail - _head)
            {
                throw new TachyonProtocolException(
                    $"The peer broke the ring protocol: head {head} after head {_head} and tail {_tail} in a ring of {capacity} bytes.");
            }

            _head = head;
        }

        return FreeSeen;
    }

    /// <summary>Bytes that <see cref="Free"/> has seen to be free already; reads nothing shared.</summary>
    internal int FreeSeen => capacity - (int)(_tail - _head);

    /// <summary>Offset in the (twice mapped) ring of the place <paramref name="ahead"/> bytes after the published tail.</summary>
    internal int Offset(int ahead) => (int)((_tail + (ulong)ahead) & _mask);

    internal Span<byte> Span(int ahead, int length) => new(data + Offset(ahead), length);

    /// <summary>Makes the next <paramref name="count"/> bytes visible to the consumer, and wakes it if it sleeps.</summary>
    internal void Publish(int count)
    {
        Volatile.Write(ref _tail, _tail + (ulong)count);

        // Release: the bytes before the tail (acquire in RingConsumer.Available).
        Volatile.Write(ref control.Tail, _tail);

        // Full fence, partner of the one in RingConsumer.Arm: either the sleeping consumer sees our tail, or we see its word.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref control.DataWanted) != 0 && Interlocked.Exchange(ref control.DataWanted, 0) != 0)
        {
            consumer.Ring();
        }
    }

    /// <summary>True when <paramref name="wanted"/> bytes are free, or the head is one that <see cref="Free"/> must reject. Any thread.</summary>
    internal bool HasSpace(int wanted)
    {
        ulong used = Volatile.Read(ref _tail) - Volatile.Read(ref control.Head);
        return used > (ulong)capacity || (ulong)capacity - used >= (ulong)wanted;
    }

    /// <summary>What the consumer said last; see <see cref="ConsumerStates"/>. Any thread.</summary>
    internal uint ConsumerState => Volatile.Read(ref control.ConsumerState);

    /// <summary>Says how the stream ends. The caller rings the doorbell.</summary>
    /// <remarks>Release: whoever sees the state sees every published byte (acquire in <see cref="RingConsumer.ProducerState"/>).</remarks>
    internal void SetState(uint state) => Volatile.Write(ref control.ProducerState, state);

    /// <summary>Sleep step 1: say that we sleep until <paramref name="wanted"/> bytes are free. Look again before parking.</summary>
    internal void Arm(int wanted)
    {
        Volatile.Write(ref control.SpaceWanted, (ulong)wanted);

        // Full fence, partner of the one in RingConsumer.WakeProducer: either the consumer sees our word, or we see its head.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Awake again. A wake-up that is under way already is merely spurious.</summary>
    internal void Disarm() => Volatile.Write(ref control.SpaceWanted, 0);
}
