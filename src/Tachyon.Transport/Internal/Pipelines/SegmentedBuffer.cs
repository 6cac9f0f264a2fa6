using System.Buffers;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>
/// Private memory beside a ring: a chain of pooled segments, written at its end and consumed at its start. The writer's overflow
/// when the ring is full, and the reader's spill of what was examined but not consumed.
/// </summary>
internal sealed class SegmentedBuffer
{
    private const int MinSegment = 4096;
    private const int MaxSegment = 64 * 1024;

    private Segment? _first;
    private Segment? _last;
    private int _firstStart;

    /// <summary>Bytes in the buffer.</summary>
    internal long Length { get; private set; }

    internal ReadOnlySpan<byte> FirstSpan => _first is null ? default : _first.Written.Span[_firstStart..];

    /// <summary>
    /// At least <paramref name="sizeHint"/> contiguous bytes (at least one) to be written and then counted with <see cref="Advance"/>.
    /// </summary>
    internal Memory<byte> GetMemory(int sizeHint)
    {
        sizeHint = Math.Max(sizeHint, 1);
        if (_last is null || _last.Free.Length < sizeHint)
        {
            Grow(sizeHint);
        }

        return _last!.Free;
    }

    internal void Advance(int count)
    {
        if (count == 0)
        {
            return;
        }

        _last!.Commit(count);
        Length += count;
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var free = GetMemory(Math.Min(bytes.Length, MinSegment)).Span;
            var count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    internal void Consume(long count)
    {
        Length -= count;
        while (count > 0)
        {
            var first = _first!;
            var here = first.Written.Length - _firstStart;
            if (count < here)
            {
                _firstStart += (int)count;
                return;
            }

            count -= here;
            if (ReferenceEquals(first, _last))
            {
                // It is the last one. No caller holds its memory: a writer's unfinished GetMemory is protected by KeepLast.
                if (KeepLast)
                {
                    _firstStart += here;
                    return;
                }

                Clear();
                return;
            }

            _first = (Segment)first.Next!;
            _firstStart = 0;
            first.Return();
        }
    }

    /// <summary>
    /// Set while a caller writes to memory that was handed out: the last segment stays, even when all of it was consumed.
    /// </summary>
    internal bool KeepLast { get; set; }

    internal ReadOnlySequence<byte> AsSequence()
        => _first is null ? default : new ReadOnlySequence<byte>(_first, _firstStart, _last!, _last!.Written.Length);

    /// <summary>
    /// The content followed by <paramref name="tail"/>, which lives elsewhere. Undo with <see cref="Detach"/> before any change.
    /// </summary>
    internal ReadOnlySequence<byte> AsSequenceWith(ForeignSegment tail)
    {
        tail.Follow(_last!);
        _last!.Link(tail);
        return new ReadOnlySequence<byte>(_first!, _firstStart, tail, tail.Memory.Length);
    }

    internal void Detach() => _last?.Link(null);

    internal void Clear()
    {
        for (var segment = _first; segment is not null;)
        {
            var next = segment.Next as Segment;
            segment.Return();
            segment = next;
        }

        _first = _last = null;
        _firstStart = 0;
        Length = 0;
    }

    private void Grow(int sizeHint)
    {
        if (Length == 0)
        {
            // A consumed segment that KeepLast kept: its memory is not in use any more, since its writer asks for other memory.
            Clear();
        }

        var size = Math.Max(sizeHint, (int)Math.Clamp(Length, MinSegment, MaxSegment));
        var segment = new Segment(ArrayPool<byte>.Shared.Rent(size), _last);
        if (_last is null)
        {
            _first = segment;
            _firstStart = 0;
        }
        else
        {
            _last.Link(segment);
        }

        _last = segment;
    }

    /// <summary>A segment over memory that is not the buffer's own: the ring.</summary>
    internal sealed class ForeignSegment : ReadOnlySequenceSegment<byte>
    {
        internal void Set(ReadOnlyMemory<byte> memory) => Memory = memory;

        internal void Follow(ReadOnlySequenceSegment<byte> previous) => RunningIndex = previous.RunningIndex + previous.Memory.Length;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private byte[] _array;
        private int _written;

        internal Segment(byte[] array, Segment? previous)
        {
            _array = array;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous._written;
        }

        internal ReadOnlyMemory<byte> Written => Memory;

        internal Memory<byte> Free => _array.AsMemory(_written);

        internal void Commit(int count)
        {
            _written += count;
            Memory = _array.AsMemory(0, _written);
        }

        internal void Link(ReadOnlySequenceSegment<byte>? next) => Next = next;

        internal void Return()
        {
            var array = _array;
            _array = [];
            Memory = default;
            Next = null;
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
