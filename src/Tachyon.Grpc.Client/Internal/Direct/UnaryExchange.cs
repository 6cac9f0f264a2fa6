using System.Buffers;
using System.Threading.Tasks.Sources;
using Grpc.Core;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The frames of one unary call: sends its request, and collects its response. Used again after a clean end.</summary>
/// <remarks>
/// The read loop of the connection writes what it receives under the lock, and completes the exchange when the whole read is done. It runs
/// no code of the caller: the continuation of <see cref="Completed"/> runs in the thread pool.
/// </remarks>
internal sealed partial class UnaryExchange(ClientConnection connection, ReceiveWindow window) : IConnectionStream, IValueTaskSource
{
    // A message gets memory for no more than this, or three times what is here, before it comes: a server may promise what it never sends.
    private const int MinReserved = 64 * 1024;

    private readonly StreamSender _sender = new(connection.Output);
    private readonly MessageReader _reader = new();
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _completion = new() { RunContinuationsAsynchronously = true };
    private FrameBuffer _received;
    private int _maxReceived;
    private ResponseHead? _head;
    private KeyValuePair<string, string>[]? _trailers;
    private TaskCompletionSource<ResponseHead?>? _headWaiter;
    private Exception? _failure;
    private bool _isUnprocessed;
    private ResponseOrder _order;
    private bool _isCompleted;
    private bool _isClean;
    private bool _isOver;

    public uint Number
    {
        get => _sender.Stream;
        set => _sender.Stream = value;
    }

    public bool IsAborted => _sender.IsAborted;

    /// <summary>Completes with the response, or with <see cref="Failure"/>; never throws. Awaited once.</summary>
    internal ValueTask Completed => new(this, _completion.Version);

    // After Completed, these do not change any more.
    internal Exception? Failure => _failure;

    /// <summary>The server has not processed it, and it can be sent again.</summary>
    internal bool IsUnprocessed => _isUnprocessed;

    internal ResponseHead? Head => _head;

    /// <summary>Null for a response that ended without.</summary>
    internal KeyValuePair<string, string>[]? Trailers => _trailers;

    /// <summary>For the next call, with the lock of the connection.</summary>
    internal void Begin(SentTemplate template)
    {
        lock (_lock)
        {
            _sender.Reset();
            _sender.Stream = 0;
            window.Reset();
            _completion.Reset();
            _template = template;
            _head = null;
            _trailers = null;
            _headWaiter = null;
            _order = default;
            _isRequestEnded = _isCompleted = _isClean = _isOver = false;
        }
    }

    /// <summary>The headers of the response as soon as they are there; null where none come.</summary>
    internal Task<ResponseHead?> HeadAsync()
    {
        lock (_lock)
        {
            return _head is not null || _isCompleted
                ? Task.FromResult(_head)
                : (_headWaiter ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Deserializes the message. After <see cref="Completed"/>, without <see cref="Failure"/>.</summary>
    /// <returns>Null without a message.</returns>
    internal T? ReadMessage<T>(Func<DeserializationContext, T> deserialize)
        where T : class
        => _reader.Read(
            _received.WrittenMemory, ResponseFields.Find(_head!.Headers, "grpc-encoding", isFirstEnough: true), deserialize);

    /// <summary>
    /// The caller has what it needs. Gives up what still comes or goes, and keeps the exchange for the next call where it can.
    /// </summary>
    internal void Release()
    {
        if (_failure is null && (!_order.IsEnded || !_isRequestEnded))
        {
            Abandon(new OperationCanceledException("The response was disposed before its end."));
        }

        bool isClean;
        lock (_lock)
        {
            _received.Release();
            isClean = _isClean && !_isSentInParts && !_sender.IsAborted;
        }

        if (!_isSentInParts)
        {
            ReleaseRequest();
        }

        if (isClean)
        {
            connection.Return(this);
        }
    }

    /// <summary>Gives the stream up on both sides. Any thread.</summary>
    internal void Abandon(Exception reason)
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

    public void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Window:
                _sender.Credit.Give(header.ReadNumber(payload));
                return;
            case FrameType.Reset:
                var code = (FrameErrorCode)header.ReadNumber(payload);
                Fail(ClientStream.Error(code, "the server reset it"), isUnprocessed: code == FrameErrorCode.RefusedStream);
                return;
            case FrameType.Headers:
                var head = header.IsStandard ? ResponseHead.Standard : ReadHead(payload);
                lock (_lock)
                {
                    _order.OnHeaders(header.IsEnd);
                    _head = head;
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
        // All of it is examined at once: the message is read when it is here as a whole.
        var count = (int)bytes.Length;
        var credit = window.OnReceived(count, isEnd) + window.OnExamined(count);
        if (credit > 0)
        {
            connection.Output.WriteWindow(Number, credit);
        }

        Exception? violation = null;
        lock (_lock)
        {
            _order.OnData(isEnd);

            // What follows headers that end the call is no message.
            if (!_isOver && !_isCompleted && !_head!.IsLast)
            {
                violation = Receive(bytes);
            }
        }

        if (violation is not null)
        {
            Abandon(violation);
        }
        else if (isEnd)
        {
            OnResponseEnded();
        }
    }

    public void Signal()
    {
        TaskCompletionSource<ResponseHead?>? headWaiter = null;
        ResponseHead? head;
        var isDone = false;
        lock (_lock)
        {
            head = _head;
            if (head is not null)
            {
                headWaiter = _headWaiter;
                _headWaiter = null;
                isDone = !_isCompleted && (_order.IsEnded || head.IsLast);
                _isCompleted |= isDone;

                // The read loop has removed the stream from the connection before: no later frame finds this exchange.
                _isClean = isDone && _order.IsEnded && _isOver;
            }
        }

        headWaiter?.TrySetResult(head);
        if (isDone)
        {
            // Last: from here on the exchange may serve another call.
            _completion.SetResult(true);
        }
    }

    public void Fail(Exception failure, bool isUnprocessed = false)
    {
        TaskCompletionSource<ResponseHead?>? headWaiter = null;
        ResponseHead? head = null;
        var isDone = false;
        lock (_lock)
        {
            if (_failure is not null)
            {
                return;
            }

            // A complete response stays one, whatever happens to the rest of the request or to the connection. So do headers that have
            // ended the call: its caller reads them by now.
            if (!_order.IsEnded && !_isCompleted)
            {
                _failure = failure;
                head = _head;
                _isUnprocessed = isUnprocessed && head is null;
                headWaiter = _headWaiter;
                isDone = _isCompleted = true;
            }
        }

        _sender.Abort();
        End();
        headWaiter?.TrySetResult(head);
        if (isDone)
        {
            _completion.SetResult(true);
        }
    }

    public void GetResult(short token) => _completion.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _completion.OnCompleted(continuation, state, token, flags);

    private static ResponseHead ReadHead(ReadOnlySpan<byte> payload)
    {
        var block = new HeaderBlock(payload);
        return new ResponseHead(ResponseFields.ReadStatus(ref block), ResponseFields.ReadRest(ref block));
    }

    // With the lock. The bytes are copied before they are looked at: the server can still change them.
    private Exception? Receive(in ReadOnlySequence<byte> bytes)
    {
        var count = (int)bytes.Length;
        bytes.CopyTo(_received.GetMemory(count).Span);
        _received.Advance(count);
        if (_received.Length < MessageWriter.PrefixSize)
        {
            return null;
        }

        var length = MessageReader.LengthOf(_received.Written);
        if (length > _maxReceived)
        {
            // Longer than any message: an error of its own, when it is read.
            return length > int.MaxValue
                ? new InvalidDataException("Message too large.")
                : new RpcException(
                    new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));
        }

        var left = length + MessageWriter.PrefixSize - _received.Length;
        if (left < 0)
        {
            return new InvalidDataException("Unexpected data after finished reading message.");
        }

        if (left > 0)
        {
            _ = _received.GetMemory((int)Math.Min(left, Math.Max(MinReserved, 3L * _received.Length)));
        }

        return null;
    }

    private void OnResponseEnded()
    {
        bool isOver;
        lock (_lock)
        {
            isOver = _isRequestEnded;
        }

        if (isOver)
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

        window.Close();
        connection.End(this);
    }
}
