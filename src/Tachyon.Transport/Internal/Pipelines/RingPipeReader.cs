using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>The receiving half of a connection as a <see cref="PipeReader"/>, straight over the ring.</summary>
/// <remarks>
/// Ring space follows EXAMINED, as back-pressure of <see cref="Pipe"/> does: what was examined but not consumed moves to private
/// memory, so that a ring full of it can't deadlock a reader that wants more before it consumes (HTTP/1 headers, TLS records).
/// <para>Without zero-copy (a peer of another user) every byte moves to private memory before it is shown, so that the peer can't
/// change it after it was checked.</para>
/// </remarks>
internal sealed class RingPipeReader : PipeReader, IValueTaskSource<ReadResult>
{
    private readonly ConnectionCore _connection;
    private readonly RingConsumer _consumer;
    private readonly Func<Exception, Exception> _mapFailure;
    private readonly bool _zeroCopy;
    private readonly SegmentedBuffer _private = new();
    private readonly SegmentedBuffer.ForeignSegment _ringSegment = new();

    private ReadOnlySequence<byte> _shown;
    private bool _isShowing;

    // AdvanceTo is optional: the read was canceled, or TryRead found nothing.
    private bool _isShownCanceled;
    private bool _mayAdvance;
    private int _shownFromRing;
    private bool _unexamined;
    private int _completed;

    // Entered from the start of a read to AdvanceTo: the ring's memory is in use for so long.
    private OperationGate _reading;
    private PendingRead _pending;

    internal RingPipeReader(ConnectionCore connection, bool zeroCopy, Func<Exception, Exception> mapFailure)
    {
        _connection = connection;
        _consumer = connection.Consumer;
        _zeroCopy = zeroCopy;
        _mapFailure = mapFailure;
    }

    public override bool TryRead(out ReadResult result)
    {
        Enter();
        try
        {
            if (TryReadCore(out result, CancellationToken.None))
            {
                return true;
            }
        }
        catch
        {
            Exit();
            throw;
        }

        _mayAdvance = true;
        Exit();
        return false;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            ThrowIfCompleted();
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        Enter();
        try
        {
            // A wait would check the ring only, and not see what is still to be examined in private memory.
            if ((!_pending.IsTurnOver || _unexamined) && TryReadCore(out var result, CancellationToken.None))
            {
                return new ValueTask<ReadResult>(result);
            }

            if (!_pending.Begin(_connection.Data, cancellationToken))
            {
                return new ValueTask<ReadResult>(this, _connection.Data.Version);
            }
        }
        catch (Exception exception)
        {
            Exit();
            return ValueTask.FromException<ReadResult>(exception);
        }

        try
        {
            return new ValueTask<ReadResult>(Finish());
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<ReadResult>(exception);
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isShowing)
        {
            ThrowIfCompleted();
            if (_mayAdvance)
            {
                _mayAdvance = false;
                return;
            }

            throw new InvalidOperationException("AdvanceTo was called without a read before it.");
        }

        var total = _shown.Length;
        var consumedBytes = BytesBefore(consumed);
        var examinedBytes = BytesBefore(examined);
        if (examinedBytes < consumedBytes && examined.GetObject() is not null)
        {
            throw new InvalidOperationException("The examined position must not be before the consumed position.");
        }

        examinedBytes = Math.Max(consumedBytes, examinedBytes);
        var fromPrivate = total - _shownFromRing;
        Hide();

        var examinedInRing = (int)Math.Max(0, examinedBytes - fromPrivate);
        var consumedInRing = (int)Math.Max(0, consumedBytes - fromPrivate);
        _private.Consume(Math.Min(consumedBytes, fromPrivate));
        if (examinedInRing > 0)
        {
            if (examinedInRing > consumedInRing)
            {
                _private.Append(_consumer.Span(examinedInRing)[consumedInRing..]);
            }

            _pending.Count(examinedInRing);
            _consumer.Advance(examinedInRing);
        }

        _unexamined = examinedBytes < total;
        Exit();
    }

    public override void CancelPendingRead() => _connection.Data.Cancel();

    public override void Complete(Exception? exception = null)
    {
        // The owner: by the contract of pipes it does not use what it was shown after this.
        var showing = _isShowing;
        Close();
        if (showing)
        {
            _isShowing = false;
            Exit();
        }
    }

    /// <summary>
    /// Completes the reader from outside, on any thread. Memory that the owner was shown stays mapped until the owner returns it.
    /// </summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0)
        {
            return;
        }

        // In this order: until the gate is closed no thread releases the memory that CloseInput writes to.
        _connection.CloseInput();
        if (_reading.Close())
        {
            Release();
        }
        else
        {
            // A read that waits ends now.
            _connection.Data.Cancel();
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _connection.Data.GetResult(token);
        return Finish();
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _connection.Data.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _connection.Data.OnCompleted(continuation, state, token, flags);

    private ReadResult Finish()
    {
        var token = _pending.End();
        try
        {
            ThrowIfCompleted();
            if (TryReadCore(out var result, token))
            {
                return result;
            }

            throw _mapFailure(_connection.FailRetractedBytes());
        }
        catch
        {
            Exit();
            throw;
        }
    }

    // The default position is the start, as with Pipe.
    private long BytesBefore(SequencePosition position)
        => position.GetObject() is null ? 0 : _shown.Slice(_shown.Start, position).Length;

    private void Hide()
    {
        _private.Detach();
        _shown = default;
        _isShowing = false;
        _isShownCanceled = false;
        _mayAdvance = false;
    }

    private void Enter()
    {
        if (!_reading.TryEnter())
        {
            ThrowIfCompleted();
            if (_isShownCanceled)
            {
                // As with Pipe: a canceled read without AdvanceTo has consumed and examined nothing. The gate stays entered.
                Hide();
                return;
            }

            throw new InvalidOperationException("A read is in progress, or its result was not given back with AdvanceTo.");
        }
    }

    private void Exit()
    {
        if (_reading.Exit())
        {
            Release();
        }
    }

    private void Release()
    {
        _private.Detach();
        _private.Clear();
        _shown = default;
        _connection.ReleaseHalf(_connection.ReceiveMemory);
    }

    private bool TryReadCore(out ReadResult result, CancellationToken token)
    {
        ReceiveState state;
        int available;
        try
        {
            state = _connection.CheckInput(out available);
        }
        catch (Exception failure)
        {
            throw _mapFailure(failure);
        }

        var ended = available == 0 && state != ReceiveState.Open;
        var canceled = _connection.Data.TakeCanceled();
        if (canceled)
        {
            // Close marks the reader as completed before it cancels: then this is its cancellation, and none that the owner may see.
            ThrowIfCompleted();

            // As Pipe does: one completion of the read answers all cancellations, the token first. A token that has canceled nothing here
            // (its callback came too late) does not change the read.
            token.ThrowIfCancellationRequested();
        }

        if (ended)
        {
            _connection.NotifyReceiveEnded();
            if (state != ReceiveState.Finished && !_unexamined && !canceled)
            {
                throw _mapFailure(TachyonConnectionResetException.ByPeer(_connection.Peer, died: state == ReceiveState.Died));
            }
        }

        if (available == 0 && !ended && !canceled && !_unexamined)
        {
            result = default;
            return false;
        }

        Show(available);
        _isShownCanceled = canceled;
        result = new ReadResult(_shown, canceled, isCompleted: ended && state == ReceiveState.Finished);
        return true;
    }

    private void Show(int available)
    {
        _isShowing = true;
        if (!_zeroCopy && available > 0)
        {
            // Bounded: more is taken out of the ring only after what was taken before has been examined.
            if (!_unexamined)
            {
                _private.Append(_consumer.Span(available));
                _consumer.Advance(available);
                _pending.Count(available);

                // Until AdvanceTo changes it, which is optional when the read was canceled.
                _unexamined = true;
            }

            available = 0;
        }

        _shownFromRing = available;
        if (available == 0)
        {
            _shown = _private.AsSequence();
            return;
        }

        var ring = _connection.ReceiveMemory.Memory.Slice(_consumer.Offset, available);
        if (_private.Length == 0)
        {
            _shown = new ReadOnlySequence<byte>(ring);
            return;
        }

        _ringSegment.Set(ring);
        _shown = _private.AsSequenceWith(_ringSegment);
    }

    private void ThrowIfCompleted()
    {
        if (Volatile.Read(ref _completed) != 0)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }
    }
}
