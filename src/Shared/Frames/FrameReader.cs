using System.Buffers;

namespace Tachyon.Frames;

/// <summary>Gets what a <see cref="FrameReader"/> has read.</summary>
internal interface IFrameSink
{
    /// <summary>A whole frame, other than data. The payload is private memory, valid during the call.</summary>
    void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload);

    /// <summary>The next bytes of a frame of data; they may be memory that the peer can still change.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="bytes">None for an empty frame.</param>
    /// <param name="isEnd">The sender sends no more of this stream.</param>
    void OnData(uint stream, in ReadOnlySequence<byte> bytes, bool isEnd);
}

/// <summary>
/// Splits what a connection receives into frames. Data is passed on as it comes, so that it is copied once; every other payload is copied
/// to private memory before it is looked at, since the peer can still change the ring.
/// </summary>
/// <param name="maxBlockLength">Bytes of a payload other than data.</param>
internal sealed class FrameReader(int maxBlockLength)
{
    private readonly byte[] _small = new byte[256];
    private FrameHeader _data;
    private int _dataLeft;

    /// <summary>Reads what is complete.</summary>
    /// <returns>The end of what was read. All of the buffer was examined.</returns>
    /// <exception cref="FrameException">The peer broke a rule.</exception>
    internal SequencePosition Read(ReadOnlySequence<byte> buffer, IFrameSink sink)
    {
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        while (true)
        {
            if (_dataLeft > 0)
            {
                if (buffer.IsEmpty)
                {
                    return buffer.Start;
                }

                var part = buffer.Length <= _dataLeft ? buffer : buffer.Slice(0, _dataLeft);
                _dataLeft -= (int)part.Length;
                sink.OnData(_data.Stream, part, _dataLeft == 0 && _data.IsEnd);
                buffer = buffer.Slice(part.End);
                continue;
            }

            if (buffer.Length < FrameHeader.Size)
            {
                return buffer.Start;
            }

            buffer.Slice(0, FrameHeader.Size).CopyTo(bytes);
            var header = FrameHeader.Read(bytes);
            if (header.Type == FrameType.Data)
            {
                CheckLength(header.Length, FrameHeader.MaxDataLength, header.Type);
                buffer = buffer.Slice(FrameHeader.Size);
                if (header.Length == 0)
                {
                    sink.OnData(header.Stream, ReadOnlySequence<byte>.Empty, header.IsEnd);
                }
                else
                {
                    _data = header;
                    _dataLeft = header.Length;
                }

                continue;
            }

            CheckLength(header.Length, maxBlockLength, header.Type);
            if (buffer.Length < FrameHeader.Size + header.Length)
            {
                return buffer.Start;
            }

            Pass(header, buffer.Slice(FrameHeader.Size, header.Length), sink);
            buffer = buffer.Slice(FrameHeader.Size + header.Length);
        }
    }

    private void Pass(in FrameHeader header, in ReadOnlySequence<byte> payload, IFrameSink sink)
    {
        if (header.Length <= _small.Length)
        {
            payload.CopyTo(_small);
            sink.OnFrame(header, _small.AsSpan(0, header.Length));
            return;
        }

        var large = ArrayPool<byte>.Shared.Rent(header.Length);
        try
        {
            payload.CopyTo(large);
            sink.OnFrame(header, large.AsSpan(0, header.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(large);
        }
    }

    private static void CheckLength(int length, int most, FrameType type)
    {
        if ((uint)length > (uint)most)
        {
            throw new FrameException(FrameErrorCode.FrameSizeError, $"a frame of type {type} has {(uint)length} bytes, more than {most}");
        }
    }
}
