using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tachyon.Frames;

/// <summary>Bytes that grow in pooled memory: header blocks and whole frames before they are sent.</summary>
/// <remarks>Not thread-safe. A struct that is not copied.</remarks>
internal struct FrameBuffer
{
    private const int FirstSize = 256;

    private byte[]? _bytes;

    internal int Length { readonly get; private set; }

    internal readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    internal readonly Memory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    /// <summary>Room behind what was written. At least as large as asked for.</summary>
    internal Memory<byte> GetMemory(int size)
    {
        EnsureRoom(size);
        return _bytes.AsMemory(Length);
    }

    internal void Advance(int count) => Length += count;

    /// <summary>Leaves room for the header of a frame.</summary>
    /// <returns>Where the frame begins.</returns>
    internal int BeginFrame()
    {
        EnsureRoom(FrameHeader.Size);
        var start = Length;
        Length += FrameHeader.Size;
        return start;
    }

    /// <summary>Writes the header of a frame whose payload was written.</summary>
    internal readonly void EndFrame(int start, FrameType type, FrameFlags flags, ushort template, uint stream)
        => new FrameHeader(Length - start - FrameHeader.Size, type, flags, template, stream).Write(_bytes.AsSpan(start));

    internal void Write(ushort value)
    {
        EnsureRoom(sizeof(ushort));
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(Length), value);
        Length += sizeof(ushort);
    }

    internal void Write(uint value)
    {
        EnsureRoom(sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(Length), value);
        Length += sizeof(uint);
    }

    internal void Write(ReadOnlySpan<byte> value)
    {
        EnsureRoom(value.Length);
        value.CopyTo(_bytes.AsSpan(Length));
        Length += value.Length;
    }

    /// <summary>The number of bytes, and the text in UTF-8.</summary>
    /// <exception cref="ArgumentException">More than 65,535 bytes.</exception>
    internal void Write(string text)
    {
        EnsureRoom(sizeof(ushort) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var count = Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length + sizeof(ushort)));
        if (count > ushort.MaxValue)
        {
            throw new ArgumentException($"A name or value of a header has {count} bytes, more than {ushort.MaxValue}.", nameof(text));
        }

        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(Length), (ushort)count);
        Length += sizeof(ushort) + count;
    }

    /// <summary>Keeps the memory for the next use.</summary>
    internal void Clear() => Length = 0;

    /// <summary>Returns the memory.</summary>
    internal void Release()
    {
        if (_bytes is not null)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = null;
        }

        Length = 0;
    }

    private void EnsureRoom(int size)
    {
        if (_bytes is not null && _bytes.Length - Length >= size)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(Length + size, 2 * Length)));
        if (_bytes is not null)
        {
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
