using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Tachyon.Frames;

/// <summary>
/// Many writers, one connection. A block of whole frames is written at once. While the connection takes no more bytes, blocks wait, and
/// control frames go into a queue of their own: what the reader of the connection has to send never waits.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class FrameOutput(PipeWriter writer)
{
    // An honest peer reads all the time. One that does not, and makes this side answer, must not fill its memory.
    private const int MaxQueued = 256 * 1024;

    private readonly Lock _lock = new();
    private FrameBuffer _queued;
    private bool _isFlushing;
    private bool _isClosed;
    private TaskCompletionSource? _drained;
    private long _written;

    /// <summary>Bytes of streams so far, without control frames. Read without the lock: it may be a moment late.</summary>
    internal long Written => Volatile.Read(ref _written);

    /// <summary>Writes these parts, which are whole frames together, unless the connection is full.</summary>
    /// <param name="first">The first part.</param>
    /// <param name="second">May be empty, as all but the first.</param>
    /// <param name="third">As above.</param>
    /// <param name="fourth">As above.</param>
    /// <param name="drained">Where it returns false: completes when it is worth another try.</param>
    /// <returns>Whether they were written, or the connection has ended and they were dropped.</returns>
    internal bool TryWrite(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth, out Task drained)
    {
        drained = Task.CompletedTask;
        lock (_lock)
        {
            if (_isClosed)
            {
                return true;
            }

            if (_isFlushing)
            {
                drained = (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                return false;
            }

            var length = first.Length + second.Length + third.Length + fourth.Length;
            var memory = writer.GetSpan(length);
            first.CopyTo(memory);
            second.CopyTo(memory[first.Length..]);
            third.CopyTo(memory[(first.Length + second.Length)..]);
            fourth.CopyTo(memory[(first.Length + second.Length + third.Length)..]);
            writer.Advance(length);
            _written += length;
            Flush();
            return true;
        }
    }

    /// <summary>Sends a frame that must not wait.</summary>
    /// <exception cref="FrameException">The peer reads nothing.</exception>
    internal void WriteControl(ReadOnlySpan<byte> frame)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            if (!_isFlushing)
            {
                writer.Write(frame);
                Flush();
            }
            else if (_queued.Length + frame.Length <= MaxQueued)
            {
                _queued.Write(frame);
            }
            else
            {
                throw new FrameException(
                    FrameErrorCode.EnhanceYourCalm, $"it makes this side answer and reads nothing: {_queued.Length} bytes wait");
            }
        }
    }

    internal void WriteReset(uint stream, FrameErrorCode code) => WriteNumber(FrameType.Reset, stream, (uint)code);

    internal void WriteWindow(uint stream, int credit) => WriteNumber(FrameType.Window, stream, (uint)credit);

    /// <summary>Answers a ping with its bytes.</summary>
    /// <exception cref="FrameException">The ping has not eight bytes, or the peer reads nothing.</exception>
    internal void WritePong(in FrameHeader ping, ReadOnlySpan<byte> payload)
    {
        ping.CheckLength(sizeof(ulong));
        Span<byte> frame = stackalloc byte[FrameHeader.Size + sizeof(ulong)];
        new FrameHeader(sizeof(ulong), FrameType.Pong, FrameFlags.None, 0, 0).Write(frame);
        payload.CopyTo(frame[FrameHeader.Size..]);
        WriteControl(frame);
    }

    /// <summary>Drops what is written from now on.</summary>
    internal void Close()
    {
        TaskCompletionSource? drained;
        lock (_lock)
        {
            _isClosed = true;
            _queued.Release();
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
    }

    private void WriteNumber(FrameType type, uint stream, uint number)
    {
        Span<byte> frame = stackalloc byte[FrameHeader.Size + sizeof(uint)];
        new FrameHeader(sizeof(uint), type, FrameFlags.None, 0, stream).Write(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[FrameHeader.Size..], number);
        WriteControl(frame);
    }

    // With the lock.
    private void Flush()
    {
        var flush = writer.FlushAsync();
        if (flush.IsCompleted)
        {
#pragma warning disable RS0030 // It is complete, so this does not block.
            _isClosed |= !flush.IsCompletedSuccessfully || flush.Result.IsCompleted;
#pragma warning restore RS0030
            return;
        }

        _isFlushing = true;
        _ = WaitAsync(flush);
    }

    private async Task WaitAsync(ValueTask<FlushResult> flush)
    {
        while (true)
        {
            var ended = false;
            try
            {
                ended = (await flush.ConfigureAwait(false)).IsCompleted;
            }
#pragma warning disable CA1031 // The reader of the connection reports why it ended.
            catch (Exception)
#pragma warning restore CA1031
            {
                ended = true;
            }

            TaskCompletionSource? drained;
            lock (_lock)
            {
                _isClosed |= ended;
                if (!_isClosed && _queued.Length > 0)
                {
                    writer.Write(_queued.Written);
                    _queued.Clear();
                    flush = writer.FlushAsync();
                    continue;
                }

                _isFlushing = false;
                drained = _drained;
                _drained = null;
            }

            drained?.TrySetResult();
            return;
        }
    }
}
