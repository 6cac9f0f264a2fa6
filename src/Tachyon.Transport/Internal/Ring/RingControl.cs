using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>The shared words of one ring. Thin: what may be written by whom, and in which order, is said where they are used.</summary>
internal readonly unsafe struct RingControl(byte* block)
{
    internal ref ulong Tail => ref *(ulong*)(block + RegionLayout.Tail);

    internal ref uint ProducerState => ref *(uint*)(block + RegionLayout.ProducerState);

    /// <summary>Sleep word of the producer: the bytes of space it waits for, 0 when awake.</summary>
    internal ref ulong SpaceWanted => ref *(ulong*)(block + RegionLayout.SpaceWanted);

    internal ref ulong Head => ref *(ulong*)(block + RegionLayout.Head);

    internal ref uint ConsumerState => ref *(uint*)(block + RegionLayout.ConsumerState);

    /// <summary>Sleep word of the consumer: 1 when it waits for data, 0 when awake.</summary>
    internal ref uint DataWanted => ref *(uint*)(block + RegionLayout.DataWanted);
}
