using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Tachyon.Frames;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>One connection as Kestrel sees it. The pipes are those of the transport; nothing is pumped.</summary>
internal sealed class TachyonConnectionContext :
    ConnectionContext,
    IConnectionIdFeature,
    IConnectionTransportFeature,
    IConnectionItemsFeature,
    IConnectionLifetimeFeature,
    IConnectionEndPointFeature,
    IMemoryPoolFeature,
    ITachyonConnectionFeature
{
    // A client of a Unix socket has no name of its own: the empty address (unix(7)), as the socket's transport has it.
    private static readonly EndPoint s_unnamed = new UnixDomainSocketEndPoint("unnamed").Create(new SocketAddress(AddressFamily.Unix, size: 2));

    private readonly TachyonConnection _connection;
    private readonly ILogger _logger;
    private readonly RefusalLog _refusals;
    private readonly DuplexPipe _originalTransport;
    private readonly CancellationTokenSource _closed = new();
    private readonly FeatureCollection _features = new();
    private IDictionary<object, object?>? _items;
    private string? _connectionId;

    internal TachyonConnectionContext(TachyonConnection connection, MemoryPool<byte> memoryPool, ILogger logger, RefusalLog refusals)
    {
        _connection = connection;
        _logger = logger;
        _refusals = refusals;
        connection.MapFailure = MapFailure;
        _originalTransport = new DuplexPipe(connection.Input, connection.Output);
        MemoryPool = memoryPool;
        Transport = _originalTransport;

        // Kestrel's metrics and other middleware know these of Unix sockets.
        LocalEndPoint = new UnixDomainSocketEndPoint(
            connection.EndPoint.IsAbstract ? string.Concat("\0", connection.EndPoint.Path.AsSpan(1)) : connection.EndPoint.Path);
        RemoteEndPoint = s_unnamed;
        ConnectionClosed = _closed.Token;
        connection.Closed.UnsafeRegister(static context => ((TachyonConnectionContext)context!).OnClosed(), this);
        _features.Set<IConnectionIdFeature>(this);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionItemsFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionEndPointFeature>(this);
        _features.Set<IMemoryPoolFeature>(this);
        _features.Set<ITachyonConnectionFeature>(this);
        _features.Set<ITachyonPeerFeature>(this);
    }

    public override string ConnectionId
    {
        get => _connectionId ??= ConnectionIds.Next();
        set => _connectionId = value;
    }

    public override IFeatureCollection Features => _features;

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public MemoryPool<byte> MemoryPool { get; }

    public TachyonPeer Peer => _connection.Peer;

    public IReadOnlyList<uint> PeerGroupIds => _connection.PeerGroupIds;

    public int SendRingSize => _connection.SendRingSize;

    public int ReceiveRingSize => _connection.ReceiveRingSize;

    public bool IsDirect => (_connection.ApplicationFeatures & DirectFeature.Frames1) != 0;

    /// <summary>
    /// Lets the poller run Kestrel's loop itself where that loop only copies and dispatches: HTTP/2 directly on the pipes of the transport.
    /// HTTP/1.1 would run the application inline, and TLS and other middleware run any code.
    /// </summary>
    internal void AllowInlineIf(bool isHttp2)
        => _connection.AllowInlineContinuations = isHttp2 && ReferenceEquals(Transport, _originalTransport);

    /// <summary>The client broke the protocol on top of the rings.</summary>
    internal void OnViolated(TachyonProtocolException violation) => _refusals.Violated(this, violation);

    public override void Abort(ConnectionAbortedException? abortReason)
    {
        // Kestrel's orderly end, which follows the client's; or a race after a half-close, in which Kestrel sees the end of the connection
        // before the end of the request and aborts with a reason. Sockets send FIN in both cases.
        if (abortReason is null || _connection.PeerState == TachyonPeerState.Finished)
        {
            abortReason ??= new ConnectionAbortedException(_connection.PeerState switch
            {
                TachyonPeerState.Finished => "The client closed the connection.",
                TachyonPeerState.Reset => "The client reset the connection.",
                TachyonPeerState.Died => "The process of the client ended.",
                _ => "The server closed the connection.",
            });
            TachyonLog.ConnectionWriteFin(_logger, this, abortReason.Message);
            _connection.CloseInOrder(abortReason);
            return;
        }

        TachyonLog.ConnectionAborted(_logger, this, abortReason.Message);
        _connection.Abort(abortReason);
    }

    public override async ValueTask DisposeAsync()
    {
        // The original pipes: middleware may have replaced Transport. They are completed as by their owner, since Kestrel has finished with
        // them: closed from outside they would stay mapped until Kestrel returns memory that it took, and an aborted writer of Kestrel
        // never does.
        _originalTransport.Input.Complete();
        _originalTransport.Output.Complete();
        await _connection.DisposeAsync().ConfigureAwait(false);
        if (_connection.Failure is TachyonProtocolException violation)
        {
            _refusals.Violated(this, violation);
        }

        TachyonLog.ConnectionClosed(_logger, this);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    // Kestrel distinguishes a reset peer from a fault of the server by this type. The reason of an abort is Kestrel's own already.
    private static Exception MapFailure(Exception failure)
        => failure is TachyonConnectionResetException or TachyonProtocolException
            ? new ConnectionResetException(failure.Message, failure)
            : failure;

    private void OnClosed()
    {
        LogPeerClose();
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException exception)
        {
            TachyonLog.ClosedCallbackFailed(_logger, ConnectionId, exception);
        }
    }

    private void LogPeerClose()
    {
        switch (_connection.PeerState)
        {
            case TachyonPeerState.Finished:
                TachyonLog.ConnectionReadFin(_logger, this);
                break;
            case TachyonPeerState.Reset:
                TachyonLog.ConnectionReset(_logger, this);
                break;
            case TachyonPeerState.Died:
                TachyonLog.ClientDied(_logger, this);
                break;
        }
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
