using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>
/// The call that a server method serves. Servers implement the <c>Core</c> members, which the public ones only forward to.
/// </summary>
public abstract class ServerCallContext
{
    private Dictionary<object, object>? _userState;

    /// <summary>The path of the method: <c>/package.Service/Method</c>.</summary>
    public string Method => MethodCore;

    /// <summary>The host that the client called.</summary>
    public string Host => HostCore;

    /// <summary>The address of the client.</summary>
    public string Peer => PeerCore;

    /// <summary>The time by which the client wants the call done; <see cref="DateTime.MaxValue" /> for any time.</summary>
    public DateTime Deadline => DeadlineCore;

    /// <summary>The headers that the client sent.</summary>
    public Metadata RequestHeaders => RequestHeadersCore;

    /// <summary>Cancelled when the client gives up or the deadline comes.</summary>
    public CancellationToken CancellationToken => CancellationTokenCore;

    /// <summary>Takes the trailers to end the call with.</summary>
    public Metadata ResponseTrailers => ResponseTrailersCore;

    /// <summary>The status to end the call with, if the method does not throw.</summary>
    public Status Status
    {
        get => StatusCore;
        set => StatusCore = value;
    }

    /// <summary>The options of the writes of the call.</summary>
    public WriteOptions? WriteOptions
    {
        get => WriteOptionsCore;
        set => WriteOptionsCore = value;
    }

    /// <summary>The identity of the client.</summary>
    public AuthContext AuthContext => AuthContextCore;

    /// <summary>Anything that interceptors and the method want to keep with the call.</summary>
    public IDictionary<object, object> UserState => UserStateCore;

    /// <summary>The path of the method.</summary>
    protected abstract string MethodCore { get; }

    /// <summary>The host that the client called.</summary>
    protected abstract string HostCore { get; }

    /// <summary>The address of the client.</summary>
    protected abstract string PeerCore { get; }

    /// <summary>The deadline of the call.</summary>
    protected abstract DateTime DeadlineCore { get; }

    /// <summary>The headers that the client sent.</summary>
    protected abstract Metadata RequestHeadersCore { get; }

    /// <summary>Cancelled when the client gives up or the deadline comes.</summary>
    protected abstract CancellationToken CancellationTokenCore { get; }

    /// <summary>The trailers to end the call with.</summary>
    protected abstract Metadata ResponseTrailersCore { get; }

    /// <summary>The status to end the call with.</summary>
    protected abstract Status StatusCore { get; set; }

    /// <summary>The options of the writes of the call.</summary>
    protected abstract WriteOptions? WriteOptionsCore { get; set; }

    /// <summary>The identity of the client.</summary>
    protected abstract AuthContext AuthContextCore { get; }

    /// <summary>What is kept with the call; created when first asked for.</summary>
    protected virtual IDictionary<object, object> UserStateCore => _userState ??= [];

    /// <summary>Sends the response headers now rather than with the first response.</summary>
    public Task WriteResponseHeadersAsync(Metadata responseHeaders) =>
        WriteResponseHeadersAsyncCore(GrpcPreconditions.CheckNotNull(responseHeaders, nameof(responseHeaders)));

    /// <summary>Creates a token that ties the calls the method makes to this one.</summary>
    public ContextPropagationToken CreatePropagationToken(ContextPropagationOptions? options = null) =>
        CreatePropagationTokenCore(options);

    /// <summary>Sends the response headers.</summary>
    protected abstract Task WriteResponseHeadersAsyncCore(Metadata responseHeaders);

    /// <summary>Creates a propagation token; null takes the default options.</summary>
    protected abstract ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options);
}
