using System.Diagnostics;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// The writing half of a ring: positions, their validation, and when to wake the consumer. It knows neither waits nor pipes.
/// Used by one thread at a time; any thread may use <see cref="HasSpace"/>, <see cref="ConsumerState"/> and the sleep word.
/// </summary>
internal sealed unsafe class RingProducer(RingControl control, byte* data, int capacity, Doorbell consumer)
{
    private readonly ulong _mask = (ulong)capacity - 1;

    // Bytes that were published. The shared tail is a copy for the consumer and never read back: the peer can write it.
    private ulong _tail;

    // The newest head that passed validation.
    private ulong _head;

    private OwnerCheck _owner;

    // Null unless the traffic is captured.
    private volatile RingTap? _tap;

    internal int Capacity => capacity;

    /// <summary>Bytes ever published.</summary>
    internal long BytesProduced => (long)Volatile.Read(ref _tail);

    /// <summary>Bytes that can be written now, counted from the published tail.</summary>
    /// <exception cref="TachyonProtocolException">The peer published an impossible head.</exception>
    internal int Free()
    {
        // Read once: the peer may change it between two reads.
        var head = control.ReadHeadAcquire();
        if (head != _head)
        {
            // It may only grow, and never past what was published. One unsigned comparison checks both.
            if (head - _head > _tail - _head)
            {
                throw new TachyonProtocolException(
                    $"The peer broke the ring protocol: head {head} after head {_head} and tail {_tail} in a ring of {capacity} bytes.");
            }

            _owner.Begin();
            _head = head;
            _owner.End();
        }

        return FreeSeen;
    }

    /// <summary>Free bytes as of the last <see cref="Free"/>; reads nothing shared.</summary>
    internal int FreeSeen => capacity - (int)(_tail - _head);

    /// <summary>Offset in the (twice mapped) ring of the place <paramref name="ahead"/> bytes after the published tail.</summary>
    internal int Offset(int ahead) => (int)((_tail + (ulong)ahead) & _mask);

    internal Span<byte> Span(int ahead, int length) => new(data + Offset(ahead), length);

    /// <summary>Makes the next <paramref name="count"/> bytes visible to the consumer, and wakes it if it sleeps.</summary>
    internal void Publish(int count)
    {
        Debug.Assert(count >= 0 && count <= FreeSeen, "No more is published than is free.");

        // Before the peer sees them: its answer must not be captured first.
        _tap?.OnBytes((long)_tail, Span(0, count));
        _owner.Begin();
        Volatile.Write(ref _tail, _tail + (ulong)count);
        control.PublishTailRelease(_tail);
        _owner.End();
        if (control.TryTakeDataWanted())
        {
            consumer.Ring();
        }
    }

    /// <summary>
    /// True when <paramref name="wanted"/> bytes are free, or the head is one that <see cref="Free"/> must reject. Any thread.
    /// </summary>
    internal bool HasSpace(int wanted)
    {
        var used = Volatile.Read(ref _tail) - control.ReadHeadAcquire();
        return used > (ulong)capacity || (ulong)capacity - used >= (ulong)wanted;
    }

    /// <summary>The state of the consumer: one of <see cref="ConsumerStates"/>, unless the peer breaks the protocol. Any thread.</summary>
    internal uint ConsumerState => control.ReadConsumerStateAcquire();

    /// <summary>Publishes how the stream ends. The caller rings the doorbell.</summary>
    internal void SetState(uint state)
    {
        _tap?.OnEnded(BytesProduced, state == ProducerStates.Finished);
        control.PublishProducerStateRelease(state);
    }

    /// <summary>Begins or, with null, ends the capture of what is published from now on. Any thread.</summary>
    internal void SetTap(RingTap? tap) => _tap = tap;

    /// <summary>Step 1 of a sleep until <paramref name="wanted"/> bytes are free; see <see cref="RingControl.ArmSpaceWanted"/>.</summary>
    internal void Arm(int wanted) => control.ArmSpaceWanted((ulong)wanted);

    internal void Disarm() => control.DisarmSpaceWanted();
}
