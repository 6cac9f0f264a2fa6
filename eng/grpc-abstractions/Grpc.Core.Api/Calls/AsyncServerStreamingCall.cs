namespace Grpc.Core;

/// <summary>A call with one request and a stream of responses.</summary>
/// <typeparam name="TResponse">The type of the responses.</typeparam>
public sealed class AsyncServerStreamingCall<TResponse> : IDisposable
{
    private readonly AsyncCallState _callState;

    /// <summary>Creates a call from plain callbacks.</summary>
    public AsyncServerStreamingCall(
        IAsyncStreamReader<TResponse> responseStream,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
    {
        ResponseStream = responseStream;
        _callState = new AsyncCallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction);
    }

    /// <summary>Creates a call whose callbacks all get <paramref name="state" />, so that they need not capture anything.</summary>
    public AsyncServerStreamingCall(
        IAsyncStreamReader<TResponse> responseStream,
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatusFunc,
        Func<object, Metadata> getTrailersFunc,
        Action<object> disposeAction,
        object state)
    {
        ResponseStream = responseStream;
        _callState = new AsyncCallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction, state);
    }

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
