using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Tachyon.Transport.Internal.Memory;
using Tachyon.Transport.Internal.Ring;
using Tachyon.Transport.Internal.Waiting;

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
    private const int MinimumSpan = 4096;

    private readonly ConnectionEnd _end;
    private readonly RingProducer _producer;
    private readonly SegmentedBuffer _overflow = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Entered from the first memory that is handed out to the end of the flush: the ring's memory is in use for so long.
    private OperationGate _writing;

    // Guards the overflow and the fields below while a flush waits; without one the owner is alone and needs no lock.
    private readonly Lock _lock = new();
    private long _toDrain;
    private volatile bool _flushWaits;
    private bool _finishAfterFlush;

    // The owner's own view of the gate: a closer from outside may have entered it instead.
    private bool _entered;
    private int _inRing;
    private int _handedOut;
    private bool _handedOutRing;
    private int _completed;
    private uint _finalState = ProducerStates.Finished;

    internal RingPipeWriter(ConnectionEnd end)
    {
        _end = end;
        _producer = end.Producer;
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

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (!_flushWaits)
        {
            if (!TryEnter())
            {
                throw Completed();
            }

            if (_overflow.Length == 0 && !IsDown)
            {
                int wanted = Math.Max(sizeHint, MinimumSpan);
                int free = _producer.FreeSeen - _inRing;
                if (free < wanted)
                {
                    free = Refresh() - _inRing;
                }

                if (free >= wanted)
                {
                    _handedOutRing = true;
                    _handedOut = free;
                    return _end.SendMemory.Memory.Slice(_producer.Offset(_inRing), free);
                }
            }
        }
        else if (Volatile.Read(ref _completed) != 0)
        {
            throw Completed();
        }

        lock (_lock)
        {
            _overflow.KeepLast = true;
            Memory<byte> memory = _overflow.GetMemory(sizeHint);
            _handedOutRing = false;
            _handedOut = memory.Length;
            return memory;
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if ((uint)bytes > (uint)_handedOut)
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "Advanced past the end of the memory that was handed out.");
        }

        _handedOut -= bytes;
        if (_handedOutRing)
        {
            _inRing += bytes;
            return;
        }

        lock (_lock)
        {
            _overflow.Advance(bytes);
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_flushWaits)
        {
            return Volatile.Read(ref _completed) != 0
                ? new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true))
                : throw new InvalidOperationException("A flush is waiting already.");
        }

        if (!TryEnter())
        {
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true));
        }

        if (TryPublishAll())
        {
            FlushResult result = Result(_end.Space.TakeCanceled());
            Exit();
            return new ValueTask<FlushResult>(result);
        }

        BeginWait();
        return WaitAndDrainAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => _end.Space.Cancel();

    /// <summary>Ends the stream after everything that was written: FIN, or RST with an <paramref name="exception"/>. Never blocks.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0)
        {
            return;
        }

        if (exception is not null)
        {
            _finalState = ProducerStates.Reset;
        }

        lock (_lock)
        {
            if (_flushWaits)
            {
                FinishAfterFlush();
                return;
            }
        }

        // The owner: by the contract of pipes it does not use what it was handed after this.
        _ = TryEnter();
        PublishAllAndFinish();
    }

    /// <summary>
    /// Completes the writer from outside: any thread. What was flushed still goes out; what the owner is just writing is dropped, and its
    /// memory stays mapped until it flushes.
    /// </summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0)
        {
            return;
        }

        lock (_lock)
        {
            if (_flushWaits)
            {
                FinishAfterFlush();
                return;
            }
        }

        if (_writing.TryEnter())
        {
            // The owner is not at work, and can't begin any more.
            PublishAllAndFinish();
            return;
        }

        _end.CloseOutput(_finalState);
        if (_writing.Close())
        {
            Release();
        }

        _finished.TrySetResult();
    }

    private void PublishAllAndFinish()
    {
        if (TryPublishAll())
        {
            Finish();
            return;
        }

        BeginWait();
        _finishAfterFlush = true;
        _ = WaitAndDrainAsync(CancellationToken.None).AsTask();
    }

    private bool IsDown
        => _end.Failure is not null || _end.IsPeerGone || _producer.ConsumerState != ConsumerStates.Open;

    private FlushResult Result(bool canceled) => new(canceled, isCompleted: IsDown);

    private int Refresh()
    {
        try
        {
            return _producer.Free();
        }
        catch (TachyonProtocolException exception)
        {
            _end.Fail(exception);
            return 0;
        }
    }

    private bool TryEnter() => _entered || (_entered = _writing.TryEnter());

    private void Exit()
    {
        _entered = false;
        if (_writing.Exit())
        {
            Release();
        }
    }

    /// <returns>False when bytes are left that must wait for space.</returns>
    private bool TryPublishAll()
    {
        // After a flush the owner must ask for memory again, so none of what was handed out is in use.
        _handedOut = 0;
        _overflow.KeepLast = false;
        if (_inRing > 0)
        {
            int count = _inRing;
            _inRing = 0;
            _producer.Publish(count);
        }

        return _overflow.Length == 0 || Drain(_overflow.Length) == 0;
    }

    private void BeginWait()
    {
        lock (_lock)
        {
            _toDrain = _overflow.Length;
            _flushWaits = true;
        }
    }

    // With the lock held, while a flush waits.
    private void FinishAfterFlush()
    {
        _overflow.KeepLast = false;
        _handedOut = 0;
        _toDrain = _overflow.Length;
        _finishAfterFlush = true;
    }

    /// <summary>Moves overflow into the ring, as far as it goes.</summary>
    /// <returns>Bytes of <paramref name="count"/> that are left.</returns>
    private long Drain(long count)
    {
        if (IsDown)
        {
            _overflow.Consume(count);
            return 0;
        }

        int free = Refresh();
        int copied = 0;
        while (copied < free && copied < count)
        {
            ReadOnlySpan<byte> source = _overflow.FirstSpan;
            int here = (int)Math.Min(Math.Min(source.Length, free - copied), count - copied);
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WaitAndDrainAsync(CancellationToken cancellationToken)
    {
        CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static writer => ((RingPipeWriter)writer!)._end.Space.Cancel(), this);
        bool canceled = false;
        while (true)
        {
            long left;
            lock (_lock)
            {
                left = _toDrain = Drain(_toDrain);
            }

            if (left == 0 || canceled)
            {
                break;
            }

            // Half a ring at once: one wake-up for many bytes, and the reader keeps something to read meanwhile.
            await new SpaceAwaitable(_end.Space, (int)Math.Min(left, _producer.Capacity / 2));

            // A completed writer can't be canceled any more: what it wrote still goes out.
            canceled = _end.Space.TakeCanceled() && !_finishAfterFlush;
        }

        await registration.DisposeAsync().ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
        {
            // Its callback may have come too late for this flush; it must not cancel the next one.
            _end.Space.TakeCanceled();
        }

        FlushResult result;
        lock (_lock)
        {
            if (!_finishAfterFlush)
            {
                result = Result(canceled);
                _toDrain = 0;

                // Before the owner sees that no flush waits, and enters again.
                Exit();
                _flushWaits = false;
                cancellationToken.ThrowIfCancellationRequested();
                return result;
            }
        }

        if (_toDrain > 0)
        {
            // Complete() came when this flush was over: its bytes are still to go.
            return await WaitAndDrainAsync(CancellationToken.None).ConfigureAwait(false);
        }

        result = new FlushResult(canceled, isCompleted: true);
        Finish();
        return result;
    }

    private void Finish()
    {
        _end.CloseOutput(_finalState);
        _ = _writing.Close();
        Exit();
        _finished.TrySetResult();
    }

    private void Release()
    {
        _overflow.Drop();
        _end.ReleaseHalf(_end.SendMemory);
    }

    private static InvalidOperationException Completed() => new("Writing is not allowed after the writer was completed.");
}
