using System.Buffers;
using System.Collections.Concurrent;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Blocks of 64 KiB for Kestrel. Kestrel copies the input of an HTTP/2 connection block by block and hops to the thread pool for
/// each, so larger blocks mean fewer hops; docs/adr/0005-large-blocks.md has the numbers.
/// </summary>
internal sealed class LargeBlockMemoryPool : MemoryPool<byte>
{
    private const int BlockSize = 64 * 1024;

    // 16 MiB at the most are kept for reuse; what a burst took beyond that goes back to the garbage collector.
    private const int MaximumKept = 256;

    private readonly ConcurrentQueue<Block> _kept = new();
    private int _keptCount;
    private volatile bool _disposed;

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_kept.TryDequeue(out Block? block))
        {
            Interlocked.Decrement(ref _keptCount);
            block.Take();
            return block;
        }

        return new Block(this);
    }

    protected override void Dispose(bool disposing)
    {
        // Blocks that are out come back later and are dropped.
        _disposed = true;
        _kept.Clear();
    }

    private void Return(Block block)
    {
        if (_disposed || Interlocked.Increment(ref _keptCount) > MaximumKept)
        {
            Interlocked.Decrement(ref _keptCount);
            return;
        }

        _kept.Enqueue(block);
    }

    private sealed class Block(LargeBlockMemoryPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize);
        private int _taken = 1;

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _taken, 0) == 1)
            {
                pool.Return(this);
            }
        }

        internal void Take() => _taken = 1;
    }
}
