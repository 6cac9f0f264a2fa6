using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// The body of a request: a pipe of which the connection writes one end. The credit of the client follows what the application has
/// examined, since gRPC consumes nothing of a message before it is complete.
/// </summary>
internal sealed class RequestBody(DirectStream stream) : PipeReader
{
    // The window bounds it, not the pipe: the reader of the connection must not wait.
    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0,
        useSynchronizationContext: false));

    // The writer's end: the reader of the connection writes, and any thread may abort.
    private readonly Lock _lock = new();
    private ReadOnlySequence<byte> _shown;
    private long _examined;
    private long _received;
    private bool _isWriterCompleted;
    private bool _isReaderCompleted;

    /// <summary>Bytes that the body may have; null: any number.</summary>
    internal long? MaxSize { get; set; }

    /// <summary>Whether the application has begun to read.</summary>
    internal bool IsReading { get; private set; }

    /// <summary>Whether the application waits for more. The heartbeat of the connection reads it, in no order with anything else.</summary>
    internal bool IsWaiting { get; private set; }

    internal void Write(in ReadOnlySequence<byte> bytes)
    {
        lock (_lock)
        {
            if (_isWriterCompleted || bytes.IsEmpty)
            {
                return;
            }

            var length = (int)bytes.Length;
            bytes.CopyTo(_pipe.Writer.GetSpan(length));
            _pipe.Writer.Advance(length);
            Volatile.Write(ref _received, _received + length);

            // Never waits: there is no threshold. Continues the application on the thread pool, not here.
#pragma warning disable CA2012 // Complete already.
            _ = _pipe.Writer.FlushAsync();
#pragma warning restore CA2012
        }
    }

    /// <summary>No more bytes follow; with a reason, reads fail with it. Idempotent.</summary>
    internal void End(Exception? reason = null)
    {
        lock (_lock)
        {
            if (!_isWriterCompleted)
            {
                _isWriterCompleted = true;
                _pipe.Writer.Complete(reason);
            }
        }
    }

    /// <returns>Whether the pipe can be used for the next request.</returns>
    internal bool Release()
    {
        if (!_isReaderCompleted)
        {
            _isReaderCompleted = true;
            _pipe.Reader.Complete();
        }

        lock (_lock)
        {
            // Not while the reader of the connection completes it: the pipe could not be reset, and the request would never end.
            if (!_isWriterCompleted)
            {
                return false;
            }
        }

        _pipe.Reset();
        _shown = default;
        _examined = _received = 0;
        _isWriterCompleted = _isReaderCompleted = IsReading = false;
        MaxSize = null;
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        IsReading = true;
        var reading = _pipe.Reader.ReadAsync(cancellationToken);
#pragma warning disable RS0030 // It is complete, so this does not block.
        return reading.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Show(reading.Result)) : WaitAsync(reading);
#pragma warning restore RS0030
    }

    public override bool TryRead(out ReadResult result)
    {
        IsReading = true;
        if (!_pipe.Reader.TryRead(out result))
        {
            return false;
        }

        result = Show(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var examinedNow = _shown.Slice(0, examined).Length;
        var more = (int)Math.Max(0, examinedNow - _examined);
        _examined = Math.Max(_examined, examinedNow) - _shown.Slice(0, consumed).Length;
        _shown = default;
        _pipe.Reader.AdvanceTo(consumed, examined);
        if (more > 0)
        {
            stream.OnExamined(more);
        }
    }

    public override void CancelPendingRead() => _pipe.Reader.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        _isReaderCompleted = true;
        _pipe.Reader.Complete(exception);
    }

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading)
    {
        IsWaiting = true;
        try
        {
            return Show(await reading.ConfigureAwait(false));
        }
        finally
        {
            IsWaiting = false;
        }
    }

    private ReadResult Show(ReadResult result)
    {
        if (Volatile.Read(ref _received) > MaxSize)
        {
            throw new BadHttpRequestException(
                $"Request body too large. The max request body size is {MaxSize} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        _shown = result.Buffer;
        return result;
    }
}
