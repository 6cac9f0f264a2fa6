using Tachyon.Transport.Internal.Region;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// The shared words of one ring, open to any access at any time: what a peer that breaks the rules has. The transport itself has
/// <see cref="Tachyon.Transport.Internal.Ring.RingControl"/>.
/// </summary>
internal readonly unsafe struct SharedWords(byte* block)
{
    internal ref ulong Tail => ref *(ulong*)(block + RegionLayout.Tail);

    internal ref uint ProducerState => ref *(uint*)(block + RegionLayout.ProducerState);

    internal ref ulong SpaceWanted => ref *(ulong*)(block + RegionLayout.SpaceWanted);

    internal ref ulong Head => ref *(ulong*)(block + RegionLayout.Head);

    internal ref uint ConsumerState => ref *(uint*)(block + RegionLayout.ConsumerState);

    internal ref uint DataWanted => ref *(uint*)(block + RegionLayout.DataWanted);
}
