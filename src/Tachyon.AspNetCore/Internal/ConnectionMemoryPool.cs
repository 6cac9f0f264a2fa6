using System.Buffers;
using System.Diagnostics;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The memory pool that Kestrel gets for one connection: blocks of 64 KiB, and of 4 KiB once the connection holds eight large ones, or all
/// connections of the listener together hold 256. Kestrel copies the input of an HTTP/2 connection block by block and hops to the thread
/// pool for each, so larger blocks mean fewer hops. Each stream holds a block of its own as well: with large ones alone, a client that
/// opens streams and never reads makes the server keep several times as much as over a socket (docs/adr/0005-large-blocks.md has the
/// numbers of both).
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionMemoryPool(ListenerBlocks blocks) : MemoryPool<byte>
{
    private const int MaxLarge = 8;

    private int _large;

    public override int MaxBufferSize => ListenerBlocks.LargeSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, ListenerBlocks.LargeSize);

        if (TryTakeLarge())
        {
            return blocks.Large.Rent(this);
        }

        // As over a socket: Kestrel takes an array for what does not fit into a block.
        return minBufferSize > ListenerBlocks.SmallSize ? Shared.Rent(minBufferSize) : blocks.Small.Rent(null);
    }

    internal void LargeBlockReturned()
    {
        blocks.LargeReturned();
        var left = Interlocked.Decrement(ref _large);
        Debug.Assert(left >= 0, "A large block was returned twice.");
    }

    private bool TryTakeLarge()
    {
        if (Interlocked.Increment(ref _large) <= MaxLarge && blocks.TryTakeLarge())
        {
            return true;
        }

        Interlocked.Decrement(ref _large);
        return false;
    }

    // The blocks belong to the listener.
    protected override void Dispose(bool disposing)
    {
    }
}
