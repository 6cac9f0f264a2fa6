using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>The response, as the application makes it.</summary>
internal abstract partial class DirectStream :
    IHttpResponseFeature,
    IHttpResponseBodyFeature,
    IHttpResponseTrailersFeature,
    IHttpResetFeature
{
    private const string GrpcContentType = "application/grpc";

    private readonly HeaderDictionary _responseHeaders = [];
    private readonly HeaderDictionary _trailers = [];
    private readonly SemaphoreSlim _sending = new(1);
    private IHeaderDictionary? _replacedResponseHeaders;
    private IHeaderDictionary? _replacedTrailers;
    private Stream? _responseStream;
    private List<(Func<object, Task> Callback, object State)>? _onStarting;
    private List<(Func<object, Task> Callback, object State)>? _onCompleted;
    private bool _isCompleted;

    // With the headers.
    private bool _isEndSent;

    public int StatusCode
    {
        get;
        set
        {
            ThrowIfStarted(nameof(StatusCode));
            field = value;
        }
    } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public bool HasStarted { get; private set; }

    IHeaderDictionary IHttpResponseFeature.Headers
    {
        get => _replacedResponseHeaders ?? _responseHeaders;
        set => _replacedResponseHeaders = value;
    }

    Stream IHttpResponseFeature.Body
    {
        get => ((IHttpResponseBodyFeature)this).Stream;
        set => _responseStream = value;
    }

    Stream IHttpResponseBodyFeature.Stream => _responseStream ??= _response.AsStream(leaveOpen: true);

    PipeWriter IHttpResponseBodyFeature.Writer => _response;

    IHeaderDictionary IHttpResponseTrailersFeature.Trailers
    {
        get => _replacedTrailers ?? _trailers;
        set => _replacedTrailers = value;
    }

    public void OnStarting(Func<object, Task> callback, object state)
    {
        ThrowIfStarted(nameof(OnStarting));
        (_onStarting ??= []).Add((callback, state));
    }

    public void OnCompleted(Func<object, Task> callback, object state) => (_onCompleted ??= []).Add((callback, state));

    public void DisableBuffering()
    {
        // Nothing is buffered beyond what the application has not flushed.
    }

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        var body = ((IHttpResponseBodyFeature)this).Stream;
        await SendFileFallback.SendFileAsync(body, path, offset, count, cancellationToken).ConfigureAwait(false);
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await FireOnStartingAsync().ConfigureAwait(false);
        Start(isWithoutBody: false);
    }

    public async Task CompleteAsync()
    {
        if (_isCompleted)
        {
            return;
        }

        await FireOnStartingAsync().ConfigureAwait(false);
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isCompleted)
            {
                return;
            }

            var body = TakeBody(isLast: true);
            var trailers = (_replacedTrailers ?? _trailers).Count > 0;
            Start(isWithoutBody: body.Length == 0 && !trailers);
            _isCompleted = true;
            await SendRestAsync(body).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <inheritdoc cref="IHttpResetFeature.Reset"/>
    public void Reset(int errorCode)
        => ResetByServer((FrameErrorCode)errorCode, new ConnectionAbortedException("The application reset the stream."));

    /// <summary>The headers are due when the first byte of the body is asked for.</summary>
    internal void StartWithBody()
    {
        if (HasStarted)
        {
            return;
        }

        if (_onStarting is { Count: > 0 })
        {
            throw new InvalidOperationException("Callbacks of OnStarting are registered: call StartAsync before the body is written to.");
        }

        Start(isWithoutBody: false);
    }

    internal async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        if (!HasStarted)
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
        }

        if (IsAborted)
        {
            // Not an exception: the application need not care (dotnet/aspnetcore #40788).
            return new FlushResult(isCanceled: false, isCompleted: true);
        }

        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isCompleted)
            {
                return new FlushResult(isCanceled: false, isCompleted: true);
            }

            var body = TakeBody(isLast: false);
            try
            {
                await _sender.SendAsync(body.WrittenMemory, default, isEnd: false, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // As Kestrel: a part of the body may be sent already, and the rest is lost.
                ResetByServer(FrameErrorCode.InternalError, new ConnectionAbortedException("A write of the response was canceled."));
                throw;
            }
            finally
            {
                body.Release();
            }

            return new FlushResult(isCanceled: false, isCompleted: IsAborted);
        }
        finally
        {
            _sending.Release();
        }
    }

    // The response to HEAD has the headers of a body, and no body (RFC 9110, section 9.3.2).
    private FrameBuffer TakeBody(bool isLast)
    {
        var body = _response.Take(isLast);
        if (HttpMethods.IsHead(Method))
        {
            body.Clear();
        }

        return body;
    }

    private protected Task StartIfCallbacksAsync()
        => !HasStarted && _onStarting is { Count: > 0 } ? FireOnStartingAsync() : Task.CompletedTask;

    private protected async Task FireOnCompletedAsync()
    {
        for (var i = (_onCompleted?.Count ?? 0) - 1; i >= 0; i--)
        {
            try
            {
                (var callback, var state) = _onCompleted![i];
                await callback(state).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Each callback runs, whatever the others do.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                TachyonLog.ApplicationError(_connection.Logger, _connection.Context.ConnectionId, TraceIdentifier, exception);
            }
        }

        _onCompleted?.Clear();
    }

    private async Task FireOnStartingAsync()
    {
        while (!HasStarted && _onStarting is { Count: > 0 } callbacks)
        {
            (var callback, var state) = callbacks[^1];
            callbacks.RemoveAt(callbacks.Count - 1);
            await callback(state).ConfigureAwait(false);
        }
    }

    private void Start(bool isWithoutBody)
    {
        if (HasStarted)
        {
            return;
        }

        var headers = _replacedResponseHeaders ?? _responseHeaders;
        var isStandard = !isWithoutBody
            && StatusCode == StatusCodes.Status200OK
            && headers.Count == 1
            && headers.ContentType == GrpcContentType;
        ref var head = ref _sender.Head;
        var start = head.BeginFrame();
        try
        {
            if (!isStandard)
            {
                head.Write((ushort)StatusCode);
                Write(ref head, headers);
            }
        }
        catch
        {
            // Nothing was sent: there can still be another response.
            head.Clear();
            throw;
        }

        HasStarted = true;
        _isEndSent = isWithoutBody;
        head.EndFrame(
            start, FrameType.Headers, (isStandard ? FrameFlags.Standard : 0) | (isWithoutBody ? FrameFlags.End : 0), template: 0, Id);
        _responseHeaders.IsReadOnly = true;
    }

    /// <summary>The rest of the body, and the end.</summary>
    private async Task SendRestAsync(FrameBuffer body)
    {
        var trailers = _replacedTrailers ?? _trailers;
        FrameBuffer tail = default;
        if (trailers.Count > 0)
        {
            var start = tail.BeginFrame();
            var isStandard = trailers.Count == 1 && trailers.TryGetValue("grpc-status", out var status) && status == "0";
            if (!isStandard)
            {
                Write(ref tail, trailers);
            }

            tail.EndFrame(start, FrameType.Trailers, FrameFlags.End | (isStandard ? FrameFlags.Standard : 0), template: 0, Id);
        }

        _trailers.IsReadOnly = true;
        try
        {
            // Before it is sent: a client that has it opens the next stream.
            Volatile.Write(ref _isResponseOver, true);
            var isEnd = trailers.Count == 0 && !_isEndSent;
            await _sender.SendAsync(body.WrittenMemory, tail.WrittenMemory, isEnd, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            body.Release();
            tail.Release();
        }

        if (!IsAborted && Volatile.Read(ref _isRequestOver))
        {
            _connection.Forget(this);
        }
    }

    private void Write(ref FrameBuffer buffer, IHeaderDictionary headers)
    {
        var start = buffer.Length;
        foreach ((var name, var values) in headers)
        {
            foreach (var value in values)
            {
                if (!HeaderRules.IsName(name) || !HeaderRules.IsValue(value ?? ""))
                {
                    throw new InvalidOperationException($"Invalid character in the header '{name}' of the response.");
                }

                buffer.Write(name);
                buffer.Write(value ?? "");
            }
        }

        if (buffer.Length - start > _connection.MaxResponseHeaderBytes)
        {
            throw new InvalidOperationException(
                $"The headers or trailers of the response have {buffer.Length - start} bytes; the client takes {_connection.MaxResponseHeaderBytes}.");
        }
    }

    // For logs and metrics: it is not sent.
    private void StatusCodeIfNotStarted(int status)
    {
        if (!HasStarted)
        {
            StatusCode = status;
        }
    }

    private void SetErrorResponse(int status)
    {
        StatusCode = status;
        _replacedResponseHeaders = null;
        _responseHeaders.Clear();
        _responseHeaders.ContentLength = 0;
        _trailers.Clear();
        _onStarting?.Clear();
    }

    private void ThrowIfStarted(string what)
    {
        if (HasStarted)
        {
            throw new InvalidOperationException($"{what} cannot be set because the response has already started.");
        }
    }

    private void ResetResponse()
    {
        HasStarted = false;
        _isCompleted = _isEndSent = _isResponseOver = false;
        StatusCode = StatusCodes.Status200OK;
        ReasonPhrase = null;
        _responseHeaders.IsReadOnly = false;
        _responseHeaders.Clear();
        _trailers.IsReadOnly = false;
        _trailers.Clear();
        _replacedResponseHeaders = _replacedTrailers = null;
        _responseStream = null;
        _onStarting?.Clear();
        _onCompleted?.Clear();
    }
}
