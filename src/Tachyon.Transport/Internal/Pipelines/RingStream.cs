using System.Threading.Tasks.Sources;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>
/// Both halves of a connection as a <see cref="Stream"/>, for HttpClient. One copy between the ring and the caller's buffer.
/// </summary>
/// <remarks>
/// One read and one write may run side by side. Every write publishes and signals, because HTTP/2 never calls FlushAsync here.
/// A zero-byte read completes when there is data, or the end. <see cref="Stream.Dispose()"/> never waits, and fails what is pending.
/// </remarks>
internal sealed class RingStream : Stream, IValueTaskSource<int>
{
    // Writes that are dropped for a reader that has still to read what the peer sent before its end; see DropOrThrow.
    private const long MaxDroppedBytes = 16 * 1024 * 1024;

    // And after it has read the end, while its owner still handles what it has read.
    private const long MaxDroppedAfterEnd = 16 * 1024;

    private readonly ConnectionCore _connection;
    private readonly RingConsumer _consumer;
    private readonly RingProducer _producer;
    private OperationGate _reading;
    private OperationGate _writing;
    private bool _disposed;
    private bool _writeWasCut;
    private bool _endWasReported;
    private bool _resetWasReported;
    private long _dropped;
    private long _droppedAfterEnd;
    private Memory<byte> _buffer;
    private PendingRead _pending;

    internal RingStream(ConnectionCore connection)
    {
        _connection = connection;
        _consumer = connection.Consumer;
        _producer = connection.Producer;
    }

    public override bool CanRead => !_reading.IsClosed;

    public override bool CanWrite => !_writing.IsClosed;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (!_reading.TryEnter())
        {
            return ValueTask.FromException<int>(CannotEnter(_reading, "read"));
        }

        try
        {
            if (!_pending.IsTurnOver && TryRead(buffer, out var count))
            {
                ExitRead();
                return new ValueTask<int>(count);
            }

            // Before the wait begins: see PendingRead.Begin.
            _buffer = buffer;
            if (!_pending.Begin(_connection.Data, cancellationToken))
            {
                return new ValueTask<int>(this, _connection.Data.Version);
            }
        }
        catch (Exception exception)
        {
            ExitRead();
            return ValueTask.FromException<int>(exception);
        }

        try
        {
            return new ValueTask<int>(FinishRead());
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<int>(exception);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (!_writing.TryEnter())
        {
            return ValueTask.FromException(CannotEnter(_writing, "write"));
        }

        try
        {
            var written = WriteSome(buffer.Span);
            if (written < buffer.Length)
            {
                return WriteRestAsync(buffer[written..], cancellationToken);
            }
        }
        catch (Exception exception)
        {
            ExitWrite();
            return ValueTask.FromException(exception);
        }

        ExitWrite();
        return default;
    }

    /// <summary>Half-close: sends FIN after everything that was written. Reading goes on.</summary>
    internal void CompleteWrites()
    {
        // A write that is running finishes first, and then sends it.
        if (_writing.Close())
        {
            EndOutput();
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer)
    {
        var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
#pragma warning disable RS0030 // The synchronous members of a stream block their caller by contract.
            var count = ReadAsync(rented.AsMemory(0, buffer.Length)).AsTask().GetAwaiter().GetResult();
#pragma warning restore RS0030
            rented.AsSpan(0, count).CopyTo(buffer);
            return count;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
#pragma warning disable RS0030 // The synchronous members of a stream block their caller by contract.
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
#pragma warning restore RS0030
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override void Flush()
    {
        // Every write publishes.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Reading first: the peer may answer our FIN with its own at once, and a pending read must not take that for its result.
            Volatile.Write(ref _disposed, true);
            var idle = _reading.Close();
            CompleteWrites();
            if (idle)
            {
                EndInput();
            }

            // Whatever is still running ends now, and releases its half.
            _connection.Data.Cancel();
            _connection.Space.Cancel();
        }

        base.Dispose(disposing);
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        _connection.Data.GetResult(token);
        return FinishRead();
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _connection.Data.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _connection.Data.OnCompleted(continuation, state, token, flags);

    private int FinishRead()
    {
        var token = _pending.End();
        var buffer = _buffer;
        _buffer = default;
        try
        {
            ObjectDisposedException.ThrowIf(_reading.IsClosed, this);
            if (_connection.Data.TakeCanceled())
            {
                token.ThrowIfCancellationRequested();
            }

            if (TryRead(buffer, out var count))
            {
                return count;
            }

            throw _connection.FailRetractedBytes();
        }
        finally
        {
            ExitRead();
        }
    }

    private bool TryRead(Memory<byte> buffer, out int count)
    {
        count = 0;
        var state = _connection.CheckInput(out var available);
        if (available > 0)
        {
            count = Math.Min(available, buffer.Length);
            if (count > 0)
            {
                _consumer.Span(count).CopyTo(buffer.Span);
                _consumer.Advance(count);
                _pending.Count(count);
            }

            return true;
        }

        switch (state)
        {
            case ReceiveState.Open:
                return false;
            case ReceiveState.Finished:
                _connection.NotifyReceiveEnded();
                Volatile.Write(ref _endWasReported, true);
                return true;
            default:
                Volatile.Write(ref _resetWasReported, true);
                throw TachyonConnectionResetException.ByPeer(_connection.Peer, died: state == ReceiveState.Died);
        }
    }

    private int WriteSome(ReadOnlySpan<byte> bytes)
    {
        switch (_connection.CheckOutput(out var free))
        {
            case SendState.Failed:
                throw _connection.Failure!;
            case SendState.Unread:
                return DropOrThrow(bytes.Length);
        }

        var count = Math.Min(free, bytes.Length);
        if (count > 0)
        {
            bytes[..count].CopyTo(_producer.Span(0, count));
            _producer.Publish(count);
        }

        return count;
    }

    /// <summary>
    /// For bytes that the peer will not read. They are dropped, as if they had been written an instant before the peer stopped: HttpClient
    /// gives up a connection when a write fails, and with it the peer's last bytes (answers, GOAWAY) that the reading half has not
    /// delivered yet. An error once the reading half has reported a reset, or the end and <see cref="MaxDroppedAfterEnd"/> more were
    /// dropped: a write beside the read loop must not fail before that has told its calls why the connection ended. Also an error for more
    /// bytes than the ring holds, unless bytes of the peer still wait for the reader: then up to <see cref="MaxDroppedBytes"/>, so that an
    /// owner that never reads learns of the end, too.
    /// </summary>
    private int DropOrThrow(int count)
    {
        var isReported = Volatile.Read(ref _endWasReported);
        var limit = _consumer.HasData ? MaxDroppedBytes : _producer.Capacity;
        if (Volatile.Read(ref _resetWasReported)
            || _dropped + count > limit
            || (isReported && _droppedAfterEnd + count > MaxDroppedAfterEnd))
        {
            throw TachyonConnectionResetException.Unread(_connection.Peer);
        }

        _dropped += count;
        _droppedAfterEnd += isReported ? count : 0;
        return count;
    }

    // Not pooled: a ValueTask that is awaited twice would end the process. It waits for half a ring, which costs more than the allocation.
    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        try
        {
            using var registration = _connection.Space.CancelBy(cancellationToken);
            while (!rest.IsEmpty)
            {
                await new SpaceAwaitable(_connection.Space, Math.Min(rest.Length, _producer.Capacity / 2));
                if (_connection.Space.TakeCanceled())
                {
                    ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
                    cancellationToken.ThrowIfCancellationRequested();
                }

                rest = rest[WriteSome(rest.Span)..];
            }
        }
        catch
        {
            // The peer has a part of it: FIN would claim that it has all.
            _writeWasCut = true;
            throw;
        }
        finally
        {
            ExitWrite();
        }
    }

    private void ExitRead()
    {
        if (_reading.Exit())
        {
            EndInput();
        }
    }

    private void ExitWrite()
    {
        if (_writing.Exit())
        {
            EndOutput();
        }
    }

    private void EndInput()
    {
        _connection.CloseInput();
        _connection.ReleaseHalf(_connection.ReceiveMemory);
    }

    private void EndOutput()
    {
        _connection.CloseOutput(_writeWasCut ? ProducerStates.Reset : ProducerStates.Finished);
        _connection.ReleaseHalf(_connection.SendMemory);
    }

    private InvalidOperationException CannotEnter(in OperationGate gate, string operation)
        => gate.IsClosed
            ? new ObjectDisposedException(GetType().FullName)
            : new InvalidOperationException($"Another {operation} is in progress.");
}
