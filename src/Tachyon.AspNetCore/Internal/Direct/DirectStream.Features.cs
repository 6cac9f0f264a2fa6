using System.Collections;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// The features of a request: those that the stream implements, those that were set, and those of the connection. A feature that was set
/// takes the place of one that the stream implements, until the stream itself, or nothing, is set again.
/// </summary>
internal abstract partial class DirectStream :
    IFeatureCollection,
    IRequestBodyPipeFeature,
    IHttpRequestLifetimeFeature,
    IHttpConnectionFeature,
    IHttpMaxRequestBodySizeFeature,
    IHttpMinRequestBodyDataRateFeature,
    IHttpBodyControlFeature,
    IBadRequestExceptionFeature,
    IHttpRequestTrailersFeature,
    IHttp2StreamIdFeature,
    IPersistentStateFeature,
    IEndpointFeature,
    IRouteValuesFeature
{
    private static readonly HashSet<Type> s_implemented =
    [
        typeof(IHttpRequestFeature), typeof(IHttpResponseFeature), typeof(IHttpResponseBodyFeature), typeof(IHttpResponseTrailersFeature),
        typeof(IHttpResetFeature), typeof(IRequestBodyPipeFeature), typeof(IHttpRequestLifetimeFeature), typeof(IHttpConnectionFeature),
        typeof(IHttpRequestBodyDetectionFeature), typeof(IHttpRequestIdentifierFeature), typeof(IHttpMaxRequestBodySizeFeature),
        typeof(IHttpMinRequestBodyDataRateFeature), typeof(IHttpBodyControlFeature), typeof(IBadRequestExceptionFeature),
        typeof(IHttpRequestTrailersFeature), typeof(IHttp2StreamIdFeature), typeof(IPersistentStateFeature),
        typeof(IEndpointFeature), typeof(IRouteValuesFeature),
    ];

    // Few: a list is faster than a dictionary.
    private readonly List<KeyValuePair<Type, object?>> _set = [];
    private RouteValueDictionary? _routeValues;
    private Dictionary<object, object?>? _persistentState;
    private bool? _allowSynchronousIO;
    private bool _isRequestRateOff;
    private IPAddress? _remoteAddress;
    private IPAddress? _localAddress;
    private int _revision;

    bool IFeatureCollection.IsReadOnly => false;

    public int Revision => _revision;

    public object? this[Type key]
    {
        get
        {
            foreach ((var type, var feature) in _set)
            {
                if (type == key)
                {
                    return feature;
                }
            }

            return s_implemented.Contains(key) ? this : _connection.Context.Features[key];
        }

        set
        {
            _revision++;
            for (var i = 0; i < _set.Count; i++)
            {
                if (_set[i].Key == key)
                {
                    _set.RemoveAt(i);
                    break;
                }
            }

            if (value is not null ? !ReferenceEquals(value, this) : s_implemented.Contains(key))
            {
                _set.Add(new(key, value));
            }
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        foreach (var type in s_implemented)
        {
            if (this[type] is { } feature)
            {
                yield return new(type, feature);
            }
        }

        foreach ((var type, var feature) in _set)
        {
            if (feature is not null && !s_implemented.Contains(type))
            {
                yield return new(type, feature);
            }
        }

        foreach (var feature in _connection.Context.Features)
        {
            yield return feature;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    PipeReader IRequestBodyPipeFeature.Reader => _body;

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted
    {
        get
        {
            lock (_lock)
            {
                if (_abortedSource is null && _isAborted)
                {
                    return new CancellationToken(canceled: true);
                }

                return (_abortedSource ??= new CancellationTokenSource()).Token;
            }
        }

        // Middleware that limits the time of requests replaces the feature; a token of its own is linked there.
        set => this[typeof(IHttpRequestLifetimeFeature)] = new ReplacedLifetime(this, value);
    }

    void IHttpRequestLifetimeFeature.Abort()
        => ResetByServer(FrameErrorCode.InternalError, new ConnectionAbortedException("The application aborted the request."));

    string IHttpConnectionFeature.ConnectionId
    {
        get => _connection.Context.ConnectionId;
        set => _connection.Context.ConnectionId = value;
    }

    // A peer over shared memory has none, as over a Unix socket.
    IPAddress? IHttpConnectionFeature.RemoteIpAddress { get => _remoteAddress; set => _remoteAddress = value; }

    IPAddress? IHttpConnectionFeature.LocalIpAddress { get => _localAddress; set => _localAddress = value; }

    int IHttpConnectionFeature.RemotePort { get; set; }

    int IHttpConnectionFeature.LocalPort { get; set; }

    bool IHttpMaxRequestBodySizeFeature.IsReadOnly => _body.IsReading;

    long? IHttpMaxRequestBodySizeFeature.MaxRequestBodySize
    {
        get => _body.MaxSize;
        set
        {
            if (_body.IsReading)
            {
                throw new InvalidOperationException("The maximum request body size cannot be modified after the app has already started reading from the request body.");
            }

            _body.MaxSize = value;
        }
    }

    // As in HTTP/2: a rate of its own would need a time of its own for each stream.
    MinDataRate? IHttpMinRequestBodyDataRateFeature.MinDataRate
    {
        get => _isRequestRateOff ? null : _connection.Limits.MinRequestBodyDataRate;
        set
        {
            if (value is not null)
            {
                throw new NotSupportedException(
                    "This feature is not supported for requests in direct mode, as for HTTP/2, except to disable it entirely by setting the rate to null.");
            }

            _isRequestRateOff = true;
        }
    }

    bool IHttpBodyControlFeature.AllowSynchronousIO
    {
        get => _allowSynchronousIO ?? _connection.AllowSynchronousIO;
        set => _allowSynchronousIO = value;
    }

    Exception? IBadRequestExceptionFeature.Error => _rejected;

    // Requests in frames have none.
    bool IHttpRequestTrailersFeature.Available => true;

    IHeaderDictionary IHttpRequestTrailersFeature.Trailers { get; } = new HeaderDictionary();

    int IHttp2StreamIdFeature.StreamId => (int)Id;

    IDictionary<object, object?> IPersistentStateFeature.State => _persistentState ??= [];

    Endpoint? IEndpointFeature.Endpoint { get; set; }

    RouteValueDictionary IRouteValuesFeature.RouteValues
    {
        get => _routeValues ??= [];
        set => _routeValues = value;
    }

    private void ResetFeatures()
    {
        _set.Clear();
        _revision++;
        _routeValues = null;
        _allowSynchronousIO = null;
        _isRequestRateOff = false;
        _remoteAddress = _localAddress = null;
        ((IHttpConnectionFeature)this).RemotePort = ((IHttpConnectionFeature)this).LocalPort = 0;
        ((IEndpointFeature)this).Endpoint = null;
        _requestHeaders.Clear();
        _replacedRequestHeaders = null;
        _requestStream = null;
        _traceIdentifier = null;
        Protocol = "HTTP/2";
        PathBase = "";
    }

    private sealed class ReplacedLifetime(IHttpRequestLifetimeFeature original, CancellationToken token) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = token;

        public void Abort() => original.Abort();
    }
}
