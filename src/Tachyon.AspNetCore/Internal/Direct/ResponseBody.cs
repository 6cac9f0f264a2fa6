using System.IO.Pipelines;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// The body of a response as the application writes it. What it writes before it flushes is sent together with the headers, and at the end
/// with the trailers: a small response is one write to the ring.
/// </summary>
/// <remarks>
/// One writer, as with every pipe; <see cref="DirectStream.CompleteAsync"/> may come from another thread (a deadline). Memory that the
/// writer holds then is not used again.
/// </remarks>
internal sealed class ResponseBody(DirectStream stream) : PipeWriter
{
    private const int LeastRoom = 256;
    private const int MostUsual = 128 * 1024;

    private readonly Lock _lock = new();
    private FrameBuffer _buffer;

    // Bytes of the last flush. gRPC's writer does not say how much it will write: with as much room as last time, the memory rarely grows.
    private int _usual;
    private bool _isHeld;
    private bool _isEnded;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffer.Length;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        stream.StartWithBody();
        lock (_lock)
        {
            if (_isEnded)
            {
                // As Kestrel: memory that goes nowhere.
                return new byte[Math.Max(sizeHint, LeastRoom)];
            }

            _isHeld = true;
            return _buffer.GetMemory(Math.Max(sizeHint, _buffer.Length == 0 ? Math.Max(_usual, LeastRoom) : LeastRoom));
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (_lock)
        {
            if (!_isEnded)
            {
                _buffer.Advance(bytes);
                _isHeld = false;
            }
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        => stream.FlushAsync(cancellationToken);

    /// <summary>Does nothing: a flush that waits has sent a part of the body already, and ends with the stream.</summary>
    public override void CancelPendingFlush()
    {
    }

    /// <summary>As of Kestrel's writer: the response itself is completed by <see cref="DirectStream.CompleteAsync"/>.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    /// <summary>Takes what was written, and makes room for more.</summary>
    /// <param name="isLast">Nothing more is accepted.</param>
    internal FrameBuffer Take(bool isLast)
    {
        lock (_lock)
        {
            var taken = _buffer;
            if (taken.Length > 0)
            {
                _usual = Math.Min(taken.Length, MostUsual);
            }

            if (_isHeld)
            {
                // The memory that the writer holds is in the same block: it keeps that, and what was written is copied.
                taken = default;
                taken.Write(_buffer.Written);
            }

            _buffer = default;
            _isHeld = false;
            _isEnded |= isLast;
            return taken;
        }
    }

    /// <summary>For the next request.</summary>
    /// <returns>False where the application may still hold memory.</returns>
    internal bool Release()
    {
        lock (_lock)
        {
            var isClean = !_isHeld;
            if (isClean)
            {
                _buffer.Release();
            }

            _buffer = default;
            _isHeld = _isEnded = false;
            return isClean;
        }
    }
}
