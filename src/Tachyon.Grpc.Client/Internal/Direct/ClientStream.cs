using System.Buffers;
using System.Net;
using System.Threading.Tasks.Sources;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>One request and its response. Itself the stream of the response's body.</summary>
/// <remarks>
/// The read loop of the connection writes what it receives under the lock, and signals when the whole read is done; callbacks of
/// cancellations never throw, because a call of gRPC would then never end.
/// </remarks>
internal sealed partial class ClientStream(ClientConnection connection, HttpRequestMessage request, ReceiveWindow window)
    : Stream, IConnectionStream, IValueTaskSource<int>
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<int> _read = new() { RunContinuationsAsynchronously = true };
    private HttpResponseMessage? _message;
    private bool _isResponseGiven;
    private ReceiveBuffer _received;
    private Memory<byte> _target;
    private int _inTarget;
    private bool _isReading;
    private ResponseOrder _order;
    private bool _areTrailersGiven;
    private bool _isOver;
    private bool _isDisposed;
    private bool _isUnprocessed;
    private KeyValuePair<string, string>[]? _trailers;
    private Exception? _failure;
    private CancellationTokenRegistration _cancellation;

    public uint Number
    {
        get => _sender.Stream;
        set => _sender.Stream = value;
    }

    public bool IsAborted => _sender.IsAborted;

    /// <summary>The server has not processed it, and it can be sent again.</summary>
    /// <remarks>Valid once <see cref="SendAsync"/> has returned: only then it is known whether the body can be read again.</remarks>
    internal bool IsUnprocessed => _isUnprocessed && CanBeRepeated;

    internal static HttpRequestException Error(FrameErrorCode code, string text)
        => new(
            HttpRequestError.HttpProtocolError,
            $"The request failed: {text}.",
            new HttpProtocolException(
                (long)code, $"The server reset the stream. HTTP/2 error code '{Name(code)}' (0x{(uint)code:x}).", null));

    public void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Window:
                _sender.Credit.Give(header.ReadNumber(payload));
                return;
            case FrameType.Reset:
                OnReset((FrameErrorCode)header.ReadNumber(payload));
                return;
            case FrameType.Headers:
                var message = ReadHeaders(header, payload);
                lock (_lock)
                {
                    _order.OnHeaders(header.IsEnd);
                    _message = message;
                }

                break;
            default:
                var trailers = header.IsStandard ? ResponseFields.StatusOk : ResponseFields.Read(payload);
                lock (_lock)
                {
                    _order.OnTrailers();
                    _trailers = trailers;
                }

                break;
        }

        if (_order.IsEnded)
        {
            OnResponseEnded();
        }
    }

    public void OnData(in ReadOnlySequence<byte> bytes, bool isEnd)
    {
        var credit = window.OnReceived((int)bytes.Length, isEnd);
        if (credit > 0)
        {
            connection.Output.WriteWindow(Number, credit);
        }

        lock (_lock)
        {
            _order.OnData(isEnd);
            var rest = bytes;
            if (_isReading && _received.Length == 0 && !_isOver)
            {
                // Straight to the reader that waits.
                var count = (int)Math.Min(rest.Length, _target.Length - _inTarget);
                rest.Slice(0, count).CopyTo(_target.Span[_inTarget..]);
                _inTarget += count;
                rest = rest.Slice(count);
            }

            if (!_isOver)
            {
                _received.Write(rest);
            }
        }

        if (isEnd)
        {
            OnResponseEnded();
        }
    }

    public void Signal()
    {
        HttpResponseMessage? response = null;
        var isReadDone = false;
        var count = 0;
        lock (_lock)
        {
            if (_failure is not null)
            {
                return;
            }

            if (_message is not null && !_isResponseGiven)
            {
                _isResponseGiven = true;
                response = _message;
            }

            if (_isReading && (_inTarget > 0 || _order.IsEnded || (_target.IsEmpty && _received.Length > 0)))
            {
                _isReading = false;
                isReadDone = true;
                count = _inTarget;
                if (count == 0 && !_target.IsEmpty)
                {
                    GiveTrailers();
                }
            }
        }

        if (response is not null)
        {
            _response.TrySetResult(response);
        }

        if (isReadDone)
        {
            Examined(count);
            _read.SetResult(count);
        }
    }

    public void Fail(Exception failure, bool isUnprocessed = false)
    {
        var isComplete = false;
        var isReading = false;
        lock (_lock)
        {
            if (_failure is not null)
            {
                return;
            }

            // A complete response stays one, whatever happens to the rest of the request or to the connection: its reader gets all of it.
            isComplete = _order.IsEnded;
            if (!isComplete)
            {
                _failure = failure;
                _isUnprocessed = isUnprocessed && _message is null;
                isReading = _isReading;
                _isReading = false;
            }
        }

        _sender.Abort();
        End();
        if (isComplete)
        {
            return;
        }

        if (failure is OperationCanceledException canceled)
        {
            _response.TrySetCanceled(canceled.CancellationToken);
        }
        else
        {
            _response.TrySetException(failure is IOException
                ? new HttpRequestException(HttpRequestError.ResponseEnded, failure.Message, failure)
                : failure);
        }

        if (isReading)
        {
            _read.SetException(failure);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        lock (_lock)
        {
            if (_failure is not null)
            {
                return ValueTask.FromException<int>(_failure);
            }

            // Not the end of the stream: what the disposal dropped would be missing from the message that is being read.
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_received.Length == 0 && !_order.IsEnded)
            {
                _read.Reset();
                _isReading = true;
                _target = buffer;
                _inTarget = 0;
                var read = new ValueTask<int>(this, _read.Version);

                // The token of the request, which gRPC passes here too, is registered already.
                return cancellationToken.CanBeCanceled && cancellationToken != _cancellation.Token
                    ? WaitAsync(read, cancellationToken)
                    : read;
            }

            count = _received.Read(buffer.Span);
            if (count == 0 && !buffer.IsEmpty)
            {
                GiveTrailers();
            }
        }

        Examined(count);
        return new ValueTask<int>(count);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (stream, token) => ((ClientStream)stream!).Abandon(new OperationCanceledException(token)), this);
        return await read.ConfigureAwait(false);
    }

    public int GetResult(short token) => _read.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _read.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _read.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        bool isEarly;
        lock (_lock)
        {
            isEarly = !_order.IsEnded && _failure is null && !_isOver;
        }

        if (isEarly)
        {
            Abandon(new OperationCanceledException("The response was disposed before its end."));
        }
        else
        {
            End();
        }

        lock (_lock)
        {
            _isDisposed = true;
            _received.Release();
        }

        base.Dispose(disposing);
    }

    /// <summary>Gives the stream up on both sides. Any thread.</summary>
    private void Abandon(Exception reason)
    {
        // Before the reset: TryBegin either has sent the headers by then, or sees this and never sends them.
        _sender.Abort();
        try
        {
            connection.Reset(this);
        }
        catch (FrameException)
        {
            // The server reads nothing: the call ends here all the same.
        }

        Fail(reason);
    }

    // Behind a complete response it only stops the request. Without one the call fails, also with NO_ERROR: nothing more comes.
    private void OnReset(FrameErrorCode code)
        => Fail(Error(code, "the server reset it"), isUnprocessed: code == FrameErrorCode.RefusedStream);

    private void OnResponseEnded()
    {
        _cancellation.Unregister();
        if (_isRequestEnded)
        {
            End();
        }
    }

    /// <summary>Nothing more comes or goes. Idempotent.</summary>
    private void End()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
        }

        _cancellation.Unregister();
        window.Close();
        connection.End(this);
        _diagnostics?.Stop(_message, _failure);
    }

    private void Examined(int count)
    {
        if (count > 0 && window.OnExamined(count) is > 0 and var credit)
        {
            try
            {
                connection.Output.WriteWindow(Number, credit);
            }
            catch (FrameException)
            {
                // As in Abandon.
            }
        }
    }

    // With the lock. HttpContent has no other place for them than this moment: before the read that returns 0.
    private void GiveTrailers()
    {
        if (_areTrailersGiven)
        {
            return;
        }

        _areTrailersGiven = true;
        _received.Release();
        foreach ((var name, var value) in _trailers ?? [])
        {
            _message!.TrailingHeaders.TryAddWithoutValidation(name, value);
        }
    }

    private HttpResponseMessage ReadHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var message = new HttpResponseMessage { Version = HttpVersion.Version20, RequestMessage = request };
        var content = new ResponseContent(this);
        message.Content = content;
        if (header.IsStandard)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
            return message;
        }

        var block = new HeaderBlock(payload);
        message.StatusCode = (HttpStatusCode)ResponseFields.ReadStatus(ref block);
        while (!block.IsAtEnd)
        {
            var name = block.ReadName();
            var value = block.ReadValue();
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    private static string Name(FrameErrorCode code) => code switch
    {
        FrameErrorCode.NoError => "NO_ERROR",
        FrameErrorCode.ProtocolError => "PROTOCOL_ERROR",
        FrameErrorCode.InternalError => "INTERNAL_ERROR",
        FrameErrorCode.FlowControlError => "FLOW_CONTROL_ERROR",
        FrameErrorCode.StreamClosed => "STREAM_CLOSED",
        FrameErrorCode.FrameSizeError => "FRAME_SIZE_ERROR",
        FrameErrorCode.RefusedStream => "REFUSED_STREAM",
        FrameErrorCode.Cancel => "CANCEL",
        FrameErrorCode.EnhanceYourCalm => "ENHANCE_YOUR_CALM",
        _ => "(unknown error)",
    };
}
