using System.Diagnostics;
using System.Net;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>
/// Sends requests in direct mode, over as many connections as they need. The first connect tells whether the server grants it; where it
/// does not, that same connection and all later ones speak HTTP/2. Requests that are not for direct mode always do.
/// </summary>
internal sealed class DirectHandler : HttpMessageHandler
{
    // As SocketsHttpHandler: a request that the server did not process is sent again so often.
    private const int MaxRetries = 3;

    private readonly HttpMessageInvoker _http2;
    private readonly Func<CancellationToken, Task<DirectConnect>> _connect;
    private readonly int _maxWindow;
    private readonly SemaphoreSlim _connecting = new(1);
    private readonly Lock _lock = new();
    private ClientConnection[] _connections = [];
    private Stream? _handedOver;
    private bool _isHttp2;
    private bool _isDisposed;

    /// <param name="http2">For everything else. It has no ConnectCallback yet.</param>
    /// <param name="connectHttp2">How that one connects.</param>
    /// <param name="connect">Connects, and asks for direct mode.</param>
    internal DirectHandler(
        SocketsHttpHandler http2,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connectHttp2,
        Func<CancellationToken, Task<DirectConnect>> connect)
    {
        http2.ConnectCallback = (context, cancellationToken)
            => Interlocked.Exchange(ref _handedOver, null) is { } stream
                ? new ValueTask<Stream>(stream)
                : connectHttp2(context, cancellationToken);
        _http2 = new HttpMessageInvoker(http2);
        _connect = connect;
        _maxWindow = http2.InitialHttp2StreamWindowSize;
    }

    /// <summary>Its calls end with it.</summary>
    internal bool IsDisposed => Volatile.Read(ref _isDisposed);

    /// <summary>A connection in direct mode is there.</summary>
    internal bool IsConnected => Volatile.Read(ref _connections).Length > 0;

    /// <summary>A unary call that is no HTTP request, on a connection that is there.</summary>
    /// <returns>Null where none has a free place, and where the handler has connected for none yet.</returns>
    internal UnaryExchange? TryOpenUnary(string path)
    {
        foreach (var connection in Volatile.Read(ref _connections))
        {
            if (connection.TryOpenUnary(path) is { } exchange)
            {
                return exchange;
            }
        }

        return null;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        RefusedRequest? refused = null;
        for (var retries = 0; ; retries++)
        {
            var call = IsForDirect(request) && !Volatile.Read(ref _isHttp2)
                ? TryOpen(request) ?? await OpenAsync(request, cancellationToken).ConfigureAwait(false)
                : null;
            if (call is null)
            {
                RepeatableContent.Use(request);
                return await _http2.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await call.SendAsync(refused, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException exception) when (call.IsUnprocessed && retries < MaxRetries)
            {
                // The server is going away, or has as many streams as it takes: another connection may do.
                refused = new RefusedRequest(call.BodyLength, exception);
            }
        }
    }

    /// <summary>As SocketsHttpHandler: synchronous requests are for HTTP/1.1.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        => _http2.Send(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            ClientConnection[] all;
            lock (_lock)
            {
                _isDisposed = true;
                all = _connections;
                _connections = [];
            }

            foreach (var connection in all)
            {
                connection.Dispose();
            }

            _http2.Dispose();
            Interlocked.Exchange(ref _handedOver, null)?.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsForDirect(HttpRequestMessage request)
        => request.Version.Major == 2
        && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower
        && request.RequestUri is { IsAbsoluteUri: true } uri
        && uri.Scheme == Uri.UriSchemeHttp
        && request.Method != HttpMethod.Connect;

    private ClientStream? TryOpen(HttpRequestMessage request)
    {
        foreach (var connection in Volatile.Read(ref _connections))
        {
            if (connection.TryOpen(request) is { } stream)
            {
                return stream;
            }
        }

        return null;
    }

    /// <returns>Null where the server does not grant direct mode.</returns>
    private async Task<ClientStream?> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!_isHttp2)
            {
                if (TryOpen(request) is { } stream)
                {
                    HttpClientInstruments.LeftQueue(request, start);
                    return stream;
                }

                await ConnectAsync(request.RequestUri!, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        DirectConnect made;
        try
        {
            made = await _connect(cancellationToken).ConfigureAwait(false);
        }
        catch (TachyonConnectException exception)
        {
            // As SocketsHttpHandler wraps what its ConnectCallback throws.
            throw new HttpRequestException(HttpRequestError.ConnectionError, exception.Message, exception);
        }

        if (made.Stream is { } stream)
        {
            Interlocked.Exchange(ref _handedOver, stream)?.Dispose();
            Volatile.Write(ref _isHttp2, true);
            return;
        }

        // The read loop of a connection in direct mode only copies and queues.
        made.Connection!.AllowInlineContinuations = true;
        var connection = new ClientConnection(made.Connection, made.Connection, _maxWindow, Remove, ConnectionMetrics.Start(address));
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _connections = [.. _connections, connection];
            }
        }

        if (_isDisposed)
        {
            connection.Dispose();
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        connection.Start();
    }

    private void Remove(ClientConnection connection)
    {
        lock (_lock)
        {
            _connections = [.. _connections.Where(other => other != connection)];
        }
    }
}

/// <summary>What came of a connect that asked for direct mode.</summary>
/// <param name="Connection">Where it was granted.</param>
/// <param name="Stream">For HTTP/2, where it was not.</param>
internal readonly record struct DirectConnect(TachyonConnection? Connection, Stream? Stream);
