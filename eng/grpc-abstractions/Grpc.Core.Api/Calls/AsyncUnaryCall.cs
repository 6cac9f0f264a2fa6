using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>A call with one request and one response.</summary>
/// <typeparam name="TResponse">The type of the responses.</typeparam>
public sealed class AsyncUnaryCall<TResponse> : IDisposable
{
    private readonly AsyncCallState _callState;

    /// <summary>Creates a call from plain callbacks.</summary>
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
    {
        ResponseAsync = responseAsync;
        _callState = new AsyncCallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction);
    }

    /// <summary>Creates a call whose callbacks all get <paramref name="state" />, so that they need not capture anything.</summary>
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatusFunc,
        Func<object, Metadata> getTrailersFunc,
        Action<object> disposeAction,
        object state)
    {
        ResponseAsync = responseAsync;
        _callState = new AsyncCallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction, state);
    }

    /// <summary>The one response; fails with an <see cref="RpcException" /> if the call fails.</summary>
    public Task<TResponse> ResponseAsync { get; }

    /// <summary>The headers that the server sends ahead of its responses.</summary>
    public Task<Metadata> ResponseHeadersAsync => _callState.ResponseHeadersAsync;

    /// <summary>Lets the call itself be awaited for its response.</summary>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <summary>Configures how an await of the call continues.</summary>
    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext) =>
        ResponseAsync.ConfigureAwait(continueOnCapturedContext);

    /// <summary>The status of the call; only valid once the call has finished.</summary>
    public Status GetStatus() => _callState.GetStatus();

    /// <summary>The trailers of the call; only valid once the call has finished.</summary>
    public Metadata GetTrailers() => _callState.GetTrailers();

    /// <summary>Releases the call. A call that has not finished is cancelled.</summary>
    public void Dispose() => _callState.Dispose();
}
