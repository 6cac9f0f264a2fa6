namespace Grpc.Core;

/// <summary>A call with a stream in each direction.</summary>
/// <typeparam name="TRequest">The type of the requests.</typeparam>
/// <typeparam name="TResponse">The type of the responses.</typeparam>
public sealed class AsyncDuplexStreamingCall<TRequest, TResponse> : IDisposable
{
    private readonly AsyncCallState _callState;

    /// <summary>Creates a call from plain callbacks.</summary>
    public AsyncDuplexStreamingCall(
        IClientStreamWriter<TRequest> requestStream,
        IAsyncStreamReader<TResponse> responseStream,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
    {
        RequestStream = requestStream;
        ResponseStream = responseStream;
        _callState = new AsyncCallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction);
    }

    /// <summary>Creates a call whose callbacks all get <paramref name="state" />, so that they need not capture anything.</summary>
    public AsyncDuplexStreamingCall(
        IClientStreamWriter<TRequest> requestStream,
        IAsyncStreamReader<TResponse> responseStream,
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatusFunc,
        Func<object, Metadata> getTrailersFunc,
        Action<object> disposeAction,
        object state)
    {
        RequestStream = requestStream;
        ResponseStream = responseStream;
        _callState = new AsyncCallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction, state);
    }

    /// <summary>The stream of requests to the server.</summary>
    public IClientStreamWriter<TRequest> RequestStream { get; }

    /// <summary>The stream of responses from the server.</summary>
    public IAsyncStreamReader<TResponse> ResponseStream { get; }

    /// <summary>The headers that the server sends ahead of its responses.</summary>
    public Task<Metadata> ResponseHeadersAsync => _callState.ResponseHeadersAsync;

    /// <summary>The status of the call; only valid once the call has finished.</summary>
    public Status GetStatus() => _callState.GetStatus();

    /// <summary>The trailers of the call; only valid once the call has finished.</summary>
    public Metadata GetTrailers() => _callState.GetTrailers();

    /// <summary>Releases the call. A call that has not finished is cancelled.</summary>
    public void Dispose() => _callState.Dispose();
}
