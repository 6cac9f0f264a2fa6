namespace Grpc.Core;

/// <summary>
/// What the four kinds of asynchronous call share: the callbacks into the transport and the object handed to them.
/// </summary>
internal readonly struct AsyncCallState
{
    private readonly Func<object, Task<Metadata>> _responseHeaders;
    private readonly Func<object, Status> _status;
    private readonly Func<object, Metadata> _trailers;
    private readonly Action<object> _dispose;
    private readonly object _state;

    public AsyncCallState(
        Func<object, Task<Metadata>> responseHeaders,
        Func<object, Status> status,
        Func<object, Metadata> trailers,
        Action<object> dispose,
        object state)
    {
        _responseHeaders = responseHeaders;
        _status = status;
        _trailers = trailers;
        _dispose = dispose;
        _state = state;
    }

    public AsyncCallState(Task<Metadata> responseHeaders, Func<Status> status, Func<Metadata> trailers, Action dispose)
        : this(
            static state => ((Callbacks)state).ResponseHeaders,
            static state => ((Callbacks)state).Status(),
            static state => ((Callbacks)state).Trailers(),
            static state => ((Callbacks)state).Dispose(),
            new Callbacks(responseHeaders, status, trailers, dispose))
    {
    }

    public Task<Metadata> ResponseHeadersAsync => _responseHeaders(_state);

    public Status GetStatus() => _status(_state);

    public Metadata GetTrailers() => _trailers(_state);

    public void Dispose() => _dispose(_state);

    private sealed record Callbacks(Task<Metadata> ResponseHeaders, Func<Status> Status, Func<Metadata> Trailers, Action Dispose);
}
