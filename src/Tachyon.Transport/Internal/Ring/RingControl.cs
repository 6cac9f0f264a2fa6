using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// The shared words of one ring. The name of each member states its memory order, and the words themselves are private: there is no access
/// without the order that the protocol needs. docs/memory-order.md lists the pairs.
/// </summary>
/// <remarks>The comment at each fence names the fence on the other side that it pairs with, and what fails without it.</remarks>
internal readonly unsafe struct RingControl(byte* block)
{
    private ref ulong Tail => ref *(ulong*)(block + RegionLayout.Tail);

    private ref uint ProducerState => ref *(uint*)(block + RegionLayout.ProducerState);

    private ref ulong SpaceWanted => ref *(ulong*)(block + RegionLayout.SpaceWanted);

    private ref ulong Head => ref *(ulong*)(block + RegionLayout.Head);

    private ref uint ConsumerState => ref *(uint*)(block + RegionLayout.ConsumerState);

    private ref uint DataWanted => ref *(uint*)(block + RegionLayout.DataWanted);

    /// <summary>Bytes ever written. After this read, the bytes before the tail are visible.</summary>
    /// <remarks>Acquire: pairs with the release in <see cref="PublishTailRelease"/>.</remarks>
    internal ulong ReadTailAcquire() => Volatile.Read(ref Tail);

    /// <summary>Makes the bytes before the tail visible to the consumer.</summary>
    /// <remarks>Release: pairs with the acquire in <see cref="ReadTailAcquire"/>.</remarks>
    internal void PublishTailRelease(ulong tail) => Volatile.Write(ref Tail, tail);

    /// <summary>Bytes ever read. After this read, the consumer no longer reads the bytes before the head.</summary>
    /// <remarks>Acquire: pairs with the release in <see cref="PublishHeadRelease"/>.</remarks>
    internal ulong ReadHeadAcquire() => Volatile.Read(ref Head);

    /// <summary>Returns the bytes before the head to the producer.</summary>
    /// <remarks>
    /// Release: the reads of those bytes are complete before the producer can overwrite them (<see cref="ReadHeadAcquire"/>).
    /// </remarks>
    internal void PublishHeadRelease(ulong head) => Volatile.Write(ref Head, head);

    /// <summary>One of <see cref="ProducerStates"/>, or a value that the protocol does not know.</summary>
    /// <remarks>Acquire: a consumer that sees FIN also sees the last tail (<see cref="PublishProducerStateRelease"/>).</remarks>
    internal uint ReadProducerStateAcquire() => Volatile.Read(ref ProducerState);

    /// <remarks>Release: every published tail is visible before the state (<see cref="ReadProducerStateAcquire"/>).</remarks>
    internal void PublishProducerStateRelease(uint state) => Volatile.Write(ref ProducerState, state);

    /// <summary>One of <see cref="ConsumerStates"/>, or a value that the protocol does not know.</summary>
    internal uint ReadConsumerStateAcquire() => Volatile.Read(ref ConsumerState);

    internal void PublishConsumerStateRelease(uint state) => Volatile.Write(ref ConsumerState, state);

    /// <summary>The consumer announces that it sleeps until there is data. It must check the ring again before it parks.</summary>
    internal void ArmDataWanted()
    {
        Volatile.Write(ref DataWanted, 1);

        // Full fence, partner of the one in TryTakeDataWanted: either the producer sees our word, or we see its tail (store buffering,
        // Dekker). Without it both could miss each other for ever.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The consumer is awake again. A wake-up that is already on its way is spurious.</summary>
    internal void DisarmDataWanted() => Volatile.Write(ref DataWanted, 0);

    /// <summary>After the tail was published: takes the sleep word of the consumer, so that one thread rings.</summary>
    /// <returns>True when the consumer sleeps and the caller must ring its doorbell.</returns>
    internal bool TryTakeDataWanted()
    {
        // Full fence, partner of the one in ArmDataWanted: either the sleeping consumer sees our tail, or we see its word.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref DataWanted) != 0 && Interlocked.Exchange(ref DataWanted, 0) != 0;
    }

    /// <summary>The producer announces that it sleeps until so many bytes are free. It must check the ring again before it parks.</summary>
    internal void ArmSpaceWanted(ulong wanted)
    {
        Volatile.Write(ref SpaceWanted, wanted);

        // Full fence, partner of the one in ReadSpaceWantedAfterFence: either the consumer sees our word, or we see its head.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The producer is awake again. A wake-up that is already on its way is spurious.</summary>
    internal void DisarmSpaceWanted() => Volatile.Write(ref SpaceWanted, 0);

    /// <summary>After the head was published: the bytes of space that the producer waits for, 0 when it is awake.</summary>
    internal ulong ReadSpaceWantedAfterFence()
    {
        // Full fence, partner of the one in ArmSpaceWanted: either the sleeping producer sees our head, or we see its word.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref SpaceWanted);
    }

    /// <summary>Takes the sleep word of the producer, so that one thread rings.</summary>
    /// <returns>True when the caller must ring the doorbell of the producer.</returns>
    internal bool TryTakeSpaceWanted() => Interlocked.Exchange(ref SpaceWanted, 0) != 0;
}
