using System.IO.Pipelines;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>The sending half of a connection as a <see cref="PipeWriter"/>: callers write straight into the ring.</summary>
/// <remarks>
/// When the ring has no room, memory comes from a private overflow, so that <see cref="GetMemory"/> never fails and never blocks;
/// only <see cref="FlushAsync"/> waits, until the overflow is in the ring. Writing (not flushing) beside a flush that waits is allowed,
/// as with <see cref="Pipe"/>. Once the connection is down or the peer reads no more, writes are dropped.
/// </remarks>
internal sealed class RingPipeWriter : PipeWriter
{
    // Less contiguous room than this is left to the overflow: many small pieces would cost more than one copy.
    private const int MinSpan = 4096;

    private readonly ConnectionCore _connection;
    private readonly RingProducer _producer;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards all below. Contended only while a flush waits, or when another thread disposes the connection.
    private readonly Lock _lock = new();
    private readonly SegmentedBuffer _overflow = new();

    // Bytes written into the ring and not published yet.
    private int _inRing;

    // What is left of the memory that was handed out last, and where it lies.
    private int _handedOut;
    private bool _handedOutRing;

    // Entered while the owner may write to memory that was handed out. Closed when the peer was informed of the end, after the last byte.
    private OperationGate _writing;

    // Bytes of the overflow that the waiting flush still has to move.
    private long _toDrain;
    private bool _flushWaits;

    // No more bytes are accepted.
    private bool _completed;
    private uint _finalState = ProducerStates.Finished;

    // Ended from outside while the owner is at work: what it writes is dropped, as after an abort.
    private bool _dropsWrites;

    internal RingPipeWriter(ConnectionCore connection)
    {
        _connection = connection;
        _producer = connection.Producer;
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes
    {
        get
        {
            lock (_lock)
            {
                return _inRing + _overflow.Length - _toDrain;
            }
        }
    }

    /// <summary>Completes when everything that was written sits in the ring, or can't get there any more.</summary>
    internal Task Finished => _finished.Task;

    private bool IsDown => _connection.CheckOutput() != SendState.Open;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        lock (_lock)
        {
            if (_completed && !_dropsWrites)
            {
                throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
            }

            _writing.TryEnter();
            var room = _completed || _flushWaits || _overflow.Length > 0 || IsDown ? 0 : RoomInRing(Math.Max(sizeHint, MinSpan));
            _handedOutRing = room > 0;
            var memory = _handedOutRing
                ? _connection.SendMemory.Memory.Slice(_producer.Offset(_inRing), room)
                : _overflow.GetMemory(sizeHint);
            _overflow.KeepLast |= !_handedOutRing;
            _handedOut = memory.Length;
            return memory;
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (_lock)
        {
            if ((uint)bytes > (uint)_handedOut)
            {
                throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "Advanced past the end of the memory that was handed out.");
            }

            _handedOut -= bytes;
            if (_completed)
            {
                // By another thread, while the owner wrote: dropped.
            }
            else if (_handedOutRing)
            {
                _inRing += bytes;
            }
            else
            {
                _overflow.Advance(bytes);
            }
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        lock (_lock)
        {
            if (_flushWaits && !_completed)
            {
                throw new InvalidOperationException("A flush is waiting already.");
            }

            GiveBackMemory();
            if (_completed)
            {
                return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true));
            }

            if (TryPublishAll())
            {
                return new ValueTask<FlushResult>(Result(_connection.Space.TakeCanceled()));
            }

            BeginWait();
        }

        return WaitAndDrainAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => _connection.Space.Cancel();

    /// <summary>
    /// Ends the stream after everything that was written: FIN, or RST with an <paramref name="exception"/>. Never blocks.
    /// </summary>
    public override void Complete(Exception? exception = null)
    {
        lock (_lock)
        {
            // The first completion counts.
            if (exception is not null && !_completed)
            {
                _finalState = ProducerStates.Reset;
            }

            _dropsWrites = false;

            // Called by the owner: by the contract of pipes it does not use memory that it was handed after this.
            GiveBackMemory();
        }

        Close();
    }

    /// <summary>
    /// Completes the writer from outside, on any thread. What was written so far is still sent; memory that the owner is writing to stays
    /// mapped until it flushes.
    /// </summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            if (_flushWaits)
            {
                // That flush moves all of it, and closes.
                _toDrain = _overflow.Length;
                return;
            }

            if (TryPublishAll())
            {
                CloseOutput();
                return;
            }

            BeginWait();
        }

        _ = WaitAndDrainAsync(CancellationToken.None).AsTask();
    }

    /// <summary>As <see cref="Close"/>, but what the owner goes on to write is dropped without an error.</summary>
    /// <returns>False when bytes still wait for room in the ring.</returns>
    internal bool EndFromOutside()
    {
        lock (_lock)
        {
            _dropsWrites |= !_completed;
        }

        Close();
        lock (_lock)
        {
            return _writing.IsClosed;
        }
    }

    // Not pooled: see RingStream.WriteRestAsync.
    private async ValueTask<FlushResult> WaitAndDrainAsync(CancellationToken cancellationToken)
    {
        var registration = _connection.Space.CancelBy(cancellationToken);
        var canceled = false;
        while (!TryEndWait(canceled, out var wanted))
        {
            await new SpaceAwaitable(_connection.Space, wanted);
            canceled = _connection.Space.TakeCanceled();
        }

        await registration.DisposeAsync().ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
        {
            // Its callback may have come too late for this flush; it must not cancel the next one.
            _connection.Space.TakeCanceled();
        }

        FlushResult result;
        lock (_lock)
        {
            result = _writing.IsClosed ? new FlushResult(canceled, isCompleted: true) : Result(canceled);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>
    /// Moves what fits, and ends the wait when all is moved, or when it was canceled. A completed writer can't be canceled any more.
    /// </summary>
    private bool TryEndWait(bool canceled, out int wanted)
    {
        lock (_lock)
        {
            _toDrain = Drain(_toDrain);

            // Half a ring at once: one wake-up for many bytes, and the reader keeps something to read meanwhile.
            wanted = (int)Math.Min(_toDrain, _producer.Capacity / 2);
            if (_toDrain > 0 && (_completed || !canceled))
            {
                return false;
            }

            _toDrain = 0;
            _flushWaits = false;
            if (_completed)
            {
                CloseOutput();
            }

            return true;
        }
    }

    // Everything below: with the lock held.

    private FlushResult Result(bool canceled) => new(canceled, isCompleted: IsDown);

    private int RoomInRing(int wanted)
    {
        var room = _producer.FreeSeen - _inRing;
        if (room < wanted)
        {
            _connection.CheckOutput(out var free);
            room = free - _inRing;
        }

        return room < wanted ? 0 : room;
    }

    /// <returns>False when bytes are left that must wait for space.</returns>
    private bool TryPublishAll()
    {
        if (_inRing > 0)
        {
            var count = _inRing;
            _inRing = 0;
            _producer.Publish(count);
        }

        return _overflow.Length == 0 || Drain(_overflow.Length) == 0;
    }

    private void BeginWait()
    {
        _toDrain = _overflow.Length;
        _flushWaits = true;
    }

    /// <summary>Moves overflow into the ring, as far as it goes.</summary>
    /// <returns>Bytes of <paramref name="count"/> that are left.</returns>
    private long Drain(long count)
    {
        if (_connection.CheckOutput(out var free) != SendState.Open)
        {
            _overflow.Consume(count);
            return 0;
        }

        var copied = 0;
        while (copied < free && copied < count)
        {
            var source = _overflow.FirstSpan;
            var here = (int)Math.Min(Math.Min(source.Length, free - copied), count - copied);
            source[..here].CopyTo(_producer.Span(copied, here));
            _overflow.Consume(here);
            copied += here;
        }

        if (copied > 0)
        {
            _producer.Publish(copied);
        }

        return count - copied;
    }

    // After a flush the owner must ask for memory again, so none of what was handed out is in use.
    private void GiveBackMemory()
    {
        _handedOut = 0;
        _overflow.KeepLast = false;
        if (_writing.IsEntered)
        {
            if (_writing.Exit())
            {
                Release();
            }
        }
        else if (_writing.IsClosed)
        {
            // Handed out after the release, to be dropped.
            _overflow.Clear();
        }
    }

    private void CloseOutput()
    {
        _connection.CloseOutput(_finalState);
        if (_writing.Close())
        {
            Release();
        }

        _finished.TrySetResult();
    }

    private void Release()
    {
        _overflow.Clear();
        _connection.ReleaseHalf(_connection.SendMemory);
    }
}
