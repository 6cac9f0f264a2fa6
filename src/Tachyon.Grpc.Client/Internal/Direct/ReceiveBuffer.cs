using System.Buffers;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>Bytes of a response that its reader has not asked for yet, in pooled blocks. The window of the stream bounds them.</summary>
/// <remarks>Not thread-safe. A struct that is not copied.</remarks>
internal struct ReceiveBuffer
{
    // Many small frames share a block.
    private const int MinBlock = 1024;

    private Block? _head;
    private Block? _tail;

    internal int Length { readonly get; private set; }

    internal void Write(in ReadOnlySequence<byte> bytes)
    {
        var rest = bytes;
        while (!rest.IsEmpty)
        {
            if (_tail is null || _tail.End == _tail.Bytes.Length)
            {
                AddBlock((int)rest.Length);
            }

            var count = (int)Math.Min(rest.Length, _tail!.Bytes.Length - _tail.End);
            rest.Slice(0, count).CopyTo(_tail.Bytes.AsSpan(_tail.End));
            _tail.End += count;
            Length += count;
            rest = rest.Slice(count);
        }
    }

    /// <returns>How many bytes were there, at most as many as fit.</returns>
    internal int Read(Span<byte> into)
    {
        var read = 0;
        while (read < into.Length && Length > 0)
        {
            var block = _head!;
            var count = Math.Min(into.Length - read, block.End - block.Start);
            block.Bytes.AsSpan(block.Start, count).CopyTo(into[read..]);
            block.Start += count;
            read += count;
            Length -= count;
            if (block.Start == block.End)
            {
                RemoveEmpty(block);
            }
        }

        return read;
    }

    /// <summary>Drops what is left, and returns the memory.</summary>
    internal void Release()
    {
        for (; _head is not null; _head = _head.Next)
        {
            ArrayPool<byte>.Shared.Return(_head.Bytes);
        }

        _tail = null;
        Length = 0;
    }

    private void AddBlock(int size)
    {
        var block = new Block(ArrayPool<byte>.Shared.Rent(Math.Max(size, MinBlock)));
        if (_tail is null)
        {
            _head = block;
        }
        else
        {
            _tail.Next = block;
        }

        _tail = block;
    }

    private void RemoveEmpty(Block block)
    {
        if (block.Next is null)
        {
            // The only one: for the next bytes.
            block.Start = block.End = 0;
            return;
        }

        ArrayPool<byte>.Shared.Return(block.Bytes);
        _head = block.Next;
    }

    private sealed class Block(byte[] bytes)
    {
        internal byte[] Bytes => bytes;

        internal int Start { get; set; }

        internal int End { get; set; }

        internal Block? Next { get; set; }
    }
}
