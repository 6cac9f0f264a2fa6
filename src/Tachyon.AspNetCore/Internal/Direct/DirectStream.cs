using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// One request and its response, with the features that the application sees. Pooled: a stream is used again when its request ended in
/// order, so that neither the application nor the client can hold on to it.
/// </summary>
/// <remarks>
/// The reader of the connection begins it and passes on what the client sends; the application works with it on the thread pool; both meet
/// in <see cref="RequestBody"/> and under the lock here.
/// </remarks>
#pragma warning disable CA1001 // What could be disposed holds neither a handle nor a timer.
internal abstract partial class DirectStream : IThreadPoolWorkItem
#pragma warning restore CA1001
{
    private readonly DirectConnection _connection;
    private readonly Lock _lock = new();
    private readonly ReceiveWindow _window;
    private readonly RequestBody _body;
    private readonly ResponseBody _response;
    private readonly StreamSender _sender;
    private CancellationTokenSource? _abortedSource;
    private bool _isAborted;
    private bool _isResetSent;
    private bool _isRequestOver;
    private bool _isResponseOver;
    private BadHttpRequestException? _rejected;

    private protected DirectStream(DirectConnection connection)
    {
        _connection = connection;
        _window = new ReceiveWindow(connection.Windows, connection.Limits.Http2.InitialStreamWindowSize);
        _body = new RequestBody(this);
        _response = new ResponseBody(this);
        _sender = new StreamSender(connection.Output);
    }

    internal uint Id { get; private set; }

    internal DirectConnection Connection => _connection;

    /// <summary>How much of the response may be sent.</summary>
    internal SendCredit Credit => _sender.Credit;

    /// <summary>The client, the server or the application ended it early: nothing more is sent.</summary>
    internal bool IsAborted => Volatile.Read(ref _isAborted);

    /// <summary>Both sides have sent all, or the last bytes are on their way.</summary>
    internal bool IsOver => Volatile.Read(ref _isResponseOver) && Volatile.Read(ref _isRequestOver);

    /// <summary>Whether the application reads a body that is not complete, and has not turned the minimum rate off for it.</summary>
    internal bool IsReadingRequest => _body.IsReading && !_isRequestRateOff && !Volatile.Read(ref _isRequestOver);

    /// <summary>Whether it waits for more of it.</summary>
    internal bool IsWaitingForRequest => IsReadingRequest && _body.IsWaiting;

    /// <summary>Whether it waits because the client does not read the response.</summary>
    internal bool IsWaitingForReader => _sender.IsWaiting;

    public abstract void Execute();

    /// <summary>Takes a new request. The reader of the connection, before the stream is queued.</summary>
    internal void Begin(uint id, RequestTemplate template, ReadOnlySpan<byte> headers, bool hasNoBody)
    {
        // Here and not at the end of the request before: the reader, which is this thread, may have found the stream just before it was
        // over, and given it credit.
        _sender.Reset();
        _window.Reset();
        Id = _sender.Stream = id;
        _rejected = SetRequest(template, headers);
        CanHaveBody = !hasNoBody;
        _body.MaxSize = _connection.Limits.MaxRequestBodySize;
        _isRequestOver = hasNoBody;
        if (hasNoBody)
        {
            _body.End();
        }
    }

    /// <summary>More of the request's body. The reader of the connection.</summary>
    /// <exception cref="FrameException">More than the credit.</exception>
    internal void OnData(in ReadOnlySequence<byte> bytes, bool isEnd)
    {
        if (_isRequestOver)
        {
            SendReset(FrameErrorCode.StreamClosed);
            Abort(new ConnectionResetException("The client sent data after the end of the request."));
            return;
        }

        var credit = _window.OnReceived((int)bytes.Length, isEnd);
        _body.Write(bytes);
        if (credit > 0)
        {
            _connection.Output.WriteWindow(Id, credit);
        }

        if (isEnd)
        {
            Volatile.Write(ref _isRequestOver, true);
            _body.End();
        }
    }

    /// <summary>The client gave the stream up.</summary>
    internal void OnReset() => Abort(new ConnectionResetException("The client reset the request stream."));

    internal void OnConnectionEnded(string reason)
        => Abort(new ConnectionResetException($"The connection of the request ended: {reason}."));

    /// <summary>The application has examined so many bytes more of the body.</summary>
    internal void OnExamined(int count)
    {
        if (_window.OnExamined(count) is > 0 and var credit && !Volatile.Read(ref _isRequestOver))
        {
            TrySendWindow(credit);
        }
    }

    /// <summary>Ends the stream for both sides, with a code for the client. The application ends when it notices.</summary>
    private void ResetByServer(FrameErrorCode code, Exception reason)
    {
        SendReset(code);
        Abort(reason);
    }

    private void TrySendWindow(int credit)
    {
        try
        {
            _connection.Output.WriteWindow(Id, credit);
        }
        catch (FrameException)
        {
            // The client reads nothing. Its next frame that needs an answer ends the connection.
        }
    }

    private void SendReset(FrameErrorCode code)
    {
        lock (_lock)
        {
            if (_isResetSent || _isAborted)
            {
                return;
            }

            _isResetSent = true;
        }

        _connection.Forget(this);
        try
        {
            _connection.Output.WriteReset(Id, code);
        }
        catch (FrameException)
        {
            // As above.
        }
    }

    private void Abort(Exception reason)
    {
        CancellationTokenSource? source;
        lock (_lock)
        {
            if (_isAborted)
            {
                return;
            }

            Volatile.Write(ref _isAborted, true);
            source = _abortedSource;
        }

        _body.End(reason);
        _sender.Abort();
        if (source is not null)
        {
            // Not on the reader of the connection: callbacks are code of the application.
            ThreadPool.UnsafeQueueUserWorkItem(CancelAborted, source, preferLocal: false);
        }
    }

    private void CancelAborted(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException exception)
        {
            TachyonLog.ApplicationError(_connection.Logger, _connection.Context.ConnectionId, TraceIdentifier, exception);
        }
    }

    /// <returns>The failure, or one of the end itself: a header that cannot be sent, a callback that threw.</returns>
    private protected async Task<Exception?> TryEndAsync(Exception? failure)
    {
        try
        {
            await EndAsync(failure).ConfigureAwait(false);
            return failure;
        }
#pragma warning disable CA1031 // Of the application. The client must not wait for a response that does not come.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ReportFailure(exception);
            if (HasStarted)
            {
                ResetByServer(FrameErrorCode.InternalError, new ConnectionAbortedException("The response could not be sent.", exception));
            }
            else
            {
                SetErrorResponse(StatusCodes.Status500InternalServerError);
                await CompleteAsync().ConfigureAwait(false);
            }

            return failure ?? exception;
        }
    }

    private async Task EndAsync(Exception? failure)
    {
        if (failure is BadHttpRequestException bad)
        {
            _rejected = bad;
        }
        else if (failure is not null)
        {
            ReportFailure(failure);
        }

        if (IsAborted)
        {
            StatusCodeIfNotStarted(StatusCodes.Status499ClientClosedRequest);
        }
        else if (_rejected is null && failure is null)
        {
            await CompleteAsync().ConfigureAwait(false);
        }
        else if (HasStarted)
        {
            ResetByServer(
                FrameErrorCode.InternalError,
                new ConnectionAbortedException("The application failed after the response had started."));
        }
        else
        {
            SetErrorResponse(_rejected?.StatusCode ?? StatusCodes.Status500InternalServerError);
            await CompleteAsync().ConfigureAwait(false);
        }

        if (!IsAborted && !Volatile.Read(ref _isRequestOver))
        {
            // The response is complete and the client may stop sending (RFC 9113, section 8.1).
            SendReset(FrameErrorCode.NoError);
        }
    }

    private void ReportFailure(Exception failure)
    {
        // Where the request is gone, these are how the application notices.
        if (!IsAborted || failure is not (OperationCanceledException or IOException))
        {
            TachyonLog.ApplicationError(_connection.Logger, _connection.Context.ConnectionId, TraceIdentifier, failure);
        }
    }

    /// <summary>What the application left, and what the next request must not see.</summary>
    private protected void Recycle()
    {
        bool isClean;
        lock (_lock)
        {
            isClean = !_isAborted && !_isResetSent && _abortedSource is null && _isRequestOver;
        }

        _window.Close();
        isClean &= _response.Release();
        isClean &= _body.Release();
        if (isClean)
        {
            ResetFeatures();
            ResetResponse();
            _rejected = null;
        }

        _connection.OnEnded(this, isClean);
    }
}

/// <summary>A stream of one kind of application. The host keeps its context in it, for the next request.</summary>
internal sealed class DirectStream<TContext>(DirectConnection connection, IHttpApplication<TContext> application)
    : DirectStream(connection), IHostContextContainer<TContext>
    where TContext : notnull
{
    public TContext? HostContext { get; set; }

    public override void Execute() => _ = ProcessAsync();

    private async Task ProcessAsync()
    {
        Exception? failure = Rejection;
        TContext? context = default;
        try
        {
            context = application.CreateContext(this);
            if (failure is null)
            {
                await application.ProcessRequestAsync(context).ConfigureAwait(false);
                await StartIfCallbacksAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Of the application: it becomes the response.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        failure = await TryEndAsync(failure).ConfigureAwait(false);
        await FireOnCompletedAsync().ConfigureAwait(false);
        try
        {
            if (context is not null)
            {
                application.DisposeContext(context, failure is BadHttpRequestException ? null : failure);
            }
        }
        finally
        {
            Recycle();
        }
    }
}
