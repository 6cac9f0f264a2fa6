using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>One unary call: its messages, its deadline and cancellation, and its status, as Grpc.Net.Client gives them.</summary>
/// <remarks>Thread-safe. Under the lock the exchange is not given back: only then it may be abandoned.</remarks>
internal sealed class UnaryCall<TRequest, TResponse>(
    DirectChannel channel,
    CallInvoker fallback,
    UnaryExchange exchange,
    Method<TRequest, TResponse> method,
    string? host,
    CallOptions options,
    TimeSpan? timeout) : IDisposable
    where TRequest : class
    where TResponse : class
{
    private static readonly Func<object, Task<Metadata>> s_headers = static call => ((UnaryCall<TRequest, TResponse>)call).HeadersAsync();
    private static readonly Func<object, Status> s_status = static call => ((UnaryCall<TRequest, TResponse>)call).GetStatus();
    private static readonly Func<object, Metadata> s_trailers = static call => ((UnaryCall<TRequest, TResponse>)call).GetTrailers();
    private static readonly Action<object> s_dispose = static call => ((UnaryCall<TRequest, TResponse>)call).Dispose();

    private readonly Lock _lock = new();
    private bool _isOver;
    private bool _isDisposed;
    private AsyncUnaryCall<TResponse>? _again;
    private Task<TResponse>? _response;
    private ResponseHead? _head;
    private KeyValuePair<string, string>[]? _trailers;
    private Status? _status;
    private Status? _canceled;
    private CancellationTokenRegistration _cancellation;
    private Timer? _timer;
    private long _start;

    private bool IsLate => timeout is { } time && Stopwatch.GetElapsedTime(_start) >= time;

    internal AsyncUnaryCall<TResponse> Start(TRequest request)
    {
        _response = RunAsync(request);
        if (_canceled is not null)
        {
            Observe(_response);
        }

        return new AsyncUnaryCall<TResponse>(_response, s_headers, s_status, s_trailers, s_dispose, this);
    }

    private async Task<TResponse> RunAsync(TRequest request)
    {
        try
        {
            Watch();
            exchange.Writer.Begin(channel.MaxSendMessageSize);
            method.RequestMarshaller.ContextualSerializer(request, exchange.Writer);
            exchange.Send(channel.MaxReceiveMessageSize);
        }
#pragma warning disable CA1031 // Of the serializer, which is code of the caller: it becomes the result of the call.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            exchange.Abandon(exception);
        }

        await exchange.Completed.ConfigureAwait(false);
        if (exchange.IsUnprocessed && TrySendAgain(request, out var again))
        {
            return await again.ResponseAsync.ConfigureAwait(false);
        }

        var failure = Read(out var status, out var response);
        Complete(status);
        if (failure is null)
        {
            return response!;
        }

        channel.OnFailed(method.FullName, status);
        throw failure;
    }

    /// <summary>From here on the call may be canceled.</summary>
    private void Watch()
    {
        if (timeout is { } time)
        {
            _start = Stopwatch.GetTimestamp();
            _timer = new Timer(
                static call => ((UnaryCall<TRequest, TResponse>)call!).Cancel(new Status(StatusCode.DeadlineExceeded, "")),
                this,
                (int)Math.Ceiling(time.TotalMilliseconds),
                Timeout.Infinite);
        }

        if (options.CancellationToken.CanBeCanceled)
        {
            _cancellation = options.CancellationToken.UnsafeRegister(
                static (call, token) => ((UnaryCall<TRequest, TResponse>)call!).Cancel(
                    new Status(StatusCode.Cancelled, "Call canceled by the client.", new OperationCanceledException(token))),
                this);
        }
    }

    private void Cancel(Status status)
    {
        lock (_lock)
        {
            if (_isOver || _canceled is not null)
            {
                return;
            }

            _canceled = status;
            exchange.Abandon(new OperationCanceledException());
        }

        if (_response is { } response)
        {
            Observe(response);
        }
    }

    /// <summary>Cancels a call that is not complete. Its end disposes the timer.</summary>
    public void Dispose()
    {
        Cancel(new Status(StatusCode.Cancelled, "gRPC call disposed."));
        AsyncUnaryCall<TResponse>? again;
        lock (_lock)
        {
            _isDisposed = true;
            again = _again;
        }

        again?.Dispose();
    }

    /// <summary>The server has not processed it: the channel sends it once more, over another connection if it has to.</summary>
    private bool TrySendAgain(TRequest request, [NotNullWhen(true)] out AsyncUnaryCall<TResponse>? again)
    {
        again = null;
        lock (_lock)
        {
            if (_canceled is not null || channel.Handler.IsDisposed)
            {
                return false;
            }

            _isOver = true;
        }

        StopWatching();
        exchange.Release();

        // Without the lock: it runs the serializer, which is code of the caller.
        again = fallback.AsyncUnaryCall(method, host, options, request);
        bool isDisposed;
        lock (_lock)
        {
            _again = again;
            isDisposed = _isDisposed;
        }

        if (isDisposed)
        {
            again.Dispose();
        }

        return true;
    }

    /// <summary>The result of an exchange that is complete.</summary>
    /// <returns>What the call fails with; null when it has succeeded.</returns>
    private Exception? Read(out Status status, out TResponse? response)
    {
        response = null;
        try
        {
            if (exchange.Failure is { } failure)
            {
                return Fail(failure, out status);
            }

            if (exchange.Head!.TryGetStatus(out status, out var hasStatus))
            {
                _trailers = hasStatus ? exchange.Head.Headers : exchange.Trailers ?? [];
                if (status.StatusCode == StatusCode.OK)
                {
                    status = new Status(
                        StatusCode.Internal,
                        "Failed to deserialize response message. The response header contains a gRPC status of OK, which means any message returned to the client for this call should be ignored. A unary or client streaming gRPC call must have a response message, which makes this response invalid.");
                }
            }
            else
            {
                response = exchange.ReadMessage(method.ResponseMarshaller.ContextualDeserializer);
                status = ReadStatus();
                _trailers = exchange.Trailers ?? [];
                if (response is null && status.StatusCode == StatusCode.OK)
                {
                    status = new Status(StatusCode.Internal, "Failed to deserialize response message.");
                }
            }

            return status.StatusCode == StatusCode.OK ? null : new RpcException(status, TrailersOrNone());
        }
#pragma warning disable CA1031 // Of the deserializer, which is code of the caller, or of a header that cannot be read.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _trailers = null;
            return Fail(exception, out status);
        }
    }

    private Status ReadStatus()
    {
        try
        {
            return ResponseFields.TryGetStatus(exchange.Trailers ?? [], out var status)
                ? status
                : new Status(StatusCode.Cancelled, "No grpc-status found on response.");
        }
        catch (InvalidOperationException exception)
        {
            return new Status(StatusCode.Cancelled, exception.Message, exception);
        }
    }

    private Exception Fail(Exception failure, out Status status)
    {
        switch (failure)
        {
            case OperationCanceledException:
                status = _canceled ?? new Status(StatusCode.Cancelled, "", failure);
                break;
            case RpcException exception:
                status = exception.Status;
                return exception;
            case IOException or HttpRequestException when channel.Handler.IsDisposed:
                status = new Status(StatusCode.Cancelled, "gRPC call disposed.");
                break;
            case IOException when exchange.Head is null:
                // As the handler gives it before the headers of a response.
                return Fail(new HttpRequestException(HttpRequestError.ResponseEnded, failure.Message, failure), out status);
            default:
                var code = CallFailure.CodeOf(failure);
                status = new Status(
                    code == StatusCode.Cancelled && IsLate ? StatusCode.DeadlineExceeded : code,
                    $"Error starting gRPC call. {CallFailure.Describe(failure)}",
                    failure);
                break;
        }

        return new RpcException(status);
    }

    private void Complete(in Status status)
    {
        lock (_lock)
        {
            _status = status;
            _head = exchange.Head;
            _isOver = true;
        }

        StopWatching();
        exchange.Release();
    }

    private void StopWatching()
    {
        // Without a wait for a callback that runs: it finds the call complete.
        _cancellation.Unregister();
        _timer?.Dispose();
    }

    private async Task<Metadata> HeadersAsync()
    {
        Task<ResponseHead?>? coming;
        ResponseHead? head;
        lock (_lock)
        {
            coming = _isOver ? null : exchange.HeadAsync();
            head = _head;
        }

        head = coming is null ? head : await coming.ConfigureAwait(false);
        if (head is null)
        {
            // It fails, unless it was sent again.
            await _response!.ConfigureAwait(false);
            return await _again!.ResponseHeadersAsync.ConfigureAwait(false);
        }

        try
        {
            return ResponseFields.ToMetadata(head.Headers);
        }
        catch (FormatException exception)
        {
            throw Fail(exception, out _);
        }
    }

    private Status GetStatus()
    {
        lock (_lock)
        {
            return _again?.GetStatus()
                ?? _status
                ?? _canceled
                ?? throw new InvalidOperationException("Unable to get the status because the call is not complete.");
        }
    }

    private Metadata GetTrailers()
    {
        lock (_lock)
        {
            return _again?.GetTrailers()
                ?? (_status is not null && _trailers is not null
                    ? ResponseFields.ToMetadata(_trailers)
                    : throw new InvalidOperationException("Can't get the call trailers because the call has not completed successfully."));
        }
    }

    private Metadata TrailersOrNone()
    {
        try
        {
            return ResponseFields.ToMetadata(_trailers!);
        }
        catch (FormatException)
        {
            return Metadata.Empty;
        }
    }

    /// <summary>Not every caller that cancels a call waits for its end: its error is no unobserved one.</summary>
    private static void Observe(Task response)
        => _ = response.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
}
