using System.Buffers;
using System.Collections.Concurrent;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The blocks of one size that the connections of a listener share.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="blockSize">Bytes of a block.</param>
/// <param name="maxKept">How many are kept for reuse; what a burst took beyond that goes back to the garbage collector.</param>
internal sealed class BlockPool(int blockSize, int maxKept) : IDisposable
{
    private readonly ConcurrentQueue<Block> _kept = new();
    private int _keptCount;
    private volatile bool _disposed;

    /// <param name="counter">The connection that counts the block until it comes back; null for a block that is not counted.</param>
    internal IMemoryOwner<byte> Rent(ConnectionMemoryPool? counter)
    {
        if (_kept.TryDequeue(out var block))
        {
            Interlocked.Decrement(ref _keptCount);
        }
        else
        {
            block = new Block(this, blockSize);
        }

        block.Take(counter);
        return block;
    }

    /// <summary>Drops what is kept. Blocks that are out come back later and are dropped then.</summary>
    public void Dispose()
    {
        _disposed = true;
        _kept.Clear();
    }

    private void Return(Block block)
    {
        if (_disposed)
        {
            return;
        }

        if (Interlocked.Increment(ref _keptCount) > maxKept)
        {
            Interlocked.Decrement(ref _keptCount);
            return;
        }

        _kept.Enqueue(block);
    }

    private sealed class Block(BlockPool pool, int size) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(size);
        private ConnectionMemoryPool? _counter;
        private int _taken;

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _taken, 0) == 1)
            {
                _counter?.LargeBlockReturned();
                _counter = null;
                pool.Return(this);
            }
        }

        internal void Take(ConnectionMemoryPool? counter)
        {
            _counter = counter;
            _taken = 1;
        }
    }
}
