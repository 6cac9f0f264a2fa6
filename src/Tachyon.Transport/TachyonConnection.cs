using System.IO.Pipelines;
using System.Net.Sockets;
using Tachyon.Transport.Internal;
using Tachyon.Transport.Internal.Capture;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Sockets;

namespace Tachyon.Transport;

/// <summary>
/// One connection: a byte stream in each direction over shared memory. Use it either as pipes (<see cref="Input"/>,
/// <see cref="Output"/>) or as a stream (<see cref="GetStream"/>), not both.
/// </summary>
/// <remarks>
/// One reader and one writer may work side by side; <see cref="Abort"/> and <see cref="DisposeAsync"/> may be called from any thread at any
/// time, and end what is pending. Completing a pipe itself is for its owner, as with every pipe.
/// A peer that ends in order is seen as the end of the stream, after everything it wrote; one that resets or dies as
/// <see cref="TachyonConnectionResetException"/>, after everything it published.
/// </remarks>
public sealed class TachyonConnection : IDuplexPipe, IAsyncDisposable
{
    private readonly ConnectionCore _core;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _lock = new();
    private RingPipeReader? _input;
    private RingPipeWriter? _output;
    private RingStream? _stream;

    internal TachyonConnection(ConnectionCore core, TachyonPeer peer, TachyonEndPoint endPoint)
    {
        _core = core;
        Peer = peer;
        EndPoint = endPoint;
        TransportMetrics.EnsureCreated();
    }

    /// <summary>The peer, as the kernel reported it.</summary>
    public TachyonPeer Peer { get; }

    /// <summary>
    /// The supplementary groups (gids) of the client, as the kernel reported them at the handshake (SO_PEERGROUPS). Empty when it reported
    /// none, and at a client.
    /// </summary>
    public IReadOnlyList<uint> PeerGroupIds { get; internal init; } = [];

    /// <summary>
    /// Bits that the protocol on top defines, as both sides agreed in the handshake: those that the client offered
    /// (<see cref="TachyonApplicationFeatures"/>) and the server allows (<see cref="TachyonListenerSettings.ApplicationFeatures"/>).
    /// </summary>
    public uint ApplicationFeatures { get; internal init; }

    /// <summary>The end point that the server listens on.</summary>
    public TachyonEndPoint EndPoint { get; }

    /// <summary>Bytes of the ring that this side writes to.</summary>
    public int SendRingSize => _core.Producer.Capacity;

    /// <summary>Bytes of the ring that this side reads from.</summary>
    public int ReceiveRingSize => _core.Consumer.Capacity;

    /// <summary>How the peer's sending direction had ended when <see cref="Closed"/> was canceled; <see cref="TachyonPeerState.Open"/>
    /// before.</summary>
    public TachyonPeerState PeerState => _core.FinalReceiveState switch
    {
        ReceiveState.Finished => TachyonPeerState.Finished,
        ReceiveState.Reset => TachyonPeerState.Reset,
        ReceiveState.Died => TachyonPeerState.Died,
        _ => TachyonPeerState.Open,
    };

    /// <summary>What the connection failed with: a violation of the protocol by the peer, or the reason of an abort. Null while it has
    /// not.</summary>
    public Exception? Failure => _core.Failure;

    /// <summary>
    /// Turns what reads of <see cref="Input"/> fail with into the exception that its reader expects: a
    /// <see cref="TachyonConnectionResetException"/>, a <see cref="TachyonProtocolException"/>, or the reason of an abort. Default null:
    /// unchanged. Set it before the first use of the pipes.
    /// </summary>
    public Func<Exception, Exception>? MapFailure { get; set; }

    /// <summary>
    /// Canceled, from the thread pool, when the peer finished, reset or died, or when this side aborted or closed both directions.
    /// </summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>
    /// Lets the poller run the continuations of reads and writes itself instead of queueing them to the thread pool. Default false.
    /// Set it only when they never run user code and never block, since they hold up every other connection of the process.
    /// </summary>
    public bool AllowInlineContinuations
    {
        get => _core.AllowInline;
        set => _core.AllowInline = value;
    }

    /// <summary>The receiving half as a pipe. Shows ring memory itself when the peer has the same user, else private copies.</summary>
    /// <exception cref="InvalidOperationException">The connection is used as a stream.</exception>
    public PipeReader Input
    {
        get
        {
            UsePipes();
            return _input!;
        }
    }

    /// <summary>The sending half as a pipe.</summary>
    /// <exception cref="InvalidOperationException">The connection is used as a stream.</exception>
    public PipeWriter Output
    {
        get
        {
            UsePipes();
            return _output!;
        }
    }

    /// <summary>Both halves as a stream; the same one each time. Disposing it closes the connection.</summary>
    /// <exception cref="InvalidOperationException">The connection is used as pipes.</exception>
    public Stream GetStream()
    {
        lock (_lock)
        {
            if (_input is not null)
            {
                throw new InvalidOperationException("The connection is used as pipes already.");
            }

            return _stream ??= new RingStream(_core);
        }
    }

    /// <summary>Ends the sending direction after everything that was written; receiving goes on (half-close).</summary>
    public void CompleteOutput()
    {
        RingStream? stream;
        lock (_lock)
        {
            stream = _stream;
        }

        if (stream is not null)
        {
            stream.CompleteWrites();
        }
        else
        {
            Output.Complete();
        }
    }

    /// <summary>
    /// Resets the connection: reads, also pending and later ones, fail with <paramref name="reason"/>, writes to the pipe are dropped, and
    /// the peer sees a reset. Never blocks; only the first call counts. <see cref="DisposeAsync"/> is still due.
    /// </summary>
    /// <param name="reason">What reads here fail with. Default: a <see cref="TachyonConnectionResetException"/>.</param>
    public void Abort(Exception? reason = null)
        => _core.Fail(reason ?? new TachyonConnectionResetException("The connection was aborted by this side."));

    /// <summary>
    /// Closes the connection in order as far as possible: bytes that were written are sent and FIN follows, later writes are dropped, and a
    /// peer that ended in order can still be read to its end. A peer that does not read is not waited for: bytes for which the ring has no
    /// room are cut off, and the peer then sees a reset. Never blocks.
    /// </summary>
    /// <param name="reason">What reads fail with when the peer has not ended, or when bytes were cut off.</param>
    /// <exception cref="InvalidOperationException">The connection is used as a stream.</exception>
    public void CloseInOrder(Exception reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        UsePipes();
        var sent = _output!.EndFromOutside();
        if (!sent || PeerState == TachyonPeerState.Open)
        {
            _core.Fail(reason);
        }
    }

    /// <summary>
    /// Closes both directions. Bytes that were flushed are not lost: they stay in shared memory until the peer has read them. Waits only
    /// while bytes that did not fit into the ring are still on their way into it, which <see cref="Abort"/> cuts short. Memory that a pipe
    /// has handed out stays mapped until its owner gives it back: by AdvanceTo, by a flush, or by completing the pipe.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        RingStream? stream;
        lock (_lock)
        {
            stream = _stream;
        }

        if (stream is not null)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return;
        }

        UsePipes();

        // The input first: a peer that is blocked on writing to us is then free to read what we still send.
        _input!.Close();
        _output!.Close();
        await _output.Finished.ConfigureAwait(false);
    }

    /// <summary>Connects to the server at <paramref name="path"/>.</summary>
    /// <param name="path">A path, <c>@name</c>, or an address, as for <see cref="TachyonEndPoint(string)"/>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt at once.</param>
    /// <exception cref="TachyonConnectException">Connecting failed; <see cref="TachyonConnectException.Error"/> and the message say
    /// why.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on 64-bit Linux.</exception>
    public static Task<TachyonConnection> ConnectAsync(
        string path, TachyonClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        TachyonPlatform.ThrowIfUnsupported();
        return Connector.ConnectAsync(path, options ?? new TachyonClientOptions(), features: default, cancellationToken);
    }

    /// <inheritdoc cref="ConnectAsync(string, TachyonClientOptions, CancellationToken)" path="/*[not(self::param)]"/>
    /// <param name="path">A path, <c>@name</c>, or an address, as for <see cref="TachyonEndPoint(string)"/>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="features">What the protocol on top offers and requires; the outcome is in <see cref="ApplicationFeatures"/>.</param>
    /// <param name="cancellationToken">Ends the attempt at once.</param>
    public static Task<TachyonConnection> ConnectAsync(
        string path, TachyonClientOptions? options, TachyonApplicationFeatures features, CancellationToken cancellationToken = default)
    {
        TachyonPlatform.ThrowIfUnsupported();
        return Connector.ConnectAsync(path, options ?? new TachyonClientOptions(), features, cancellationToken);
    }

    /// <inheritdoc cref="ConnectAsync(string, TachyonClientOptions, CancellationToken)" path="/*[not(self::param)]"/>
    /// <param name="endPoint">Where the server listens.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt at once.</param>
    public static Task<TachyonConnection> ConnectAsync(
        TachyonEndPoint endPoint, TachyonClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return ConnectAsync(endPoint.Path, options, cancellationToken);
    }

    /// <summary>
    /// Connects the plain Unix socket at <paramref name="path"/> for another protocol, with the same options, checks and errors as
    /// <see cref="ConnectAsync(string, TachyonClientOptions, CancellationToken)"/>, but without the handshake.
    /// </summary>
    /// <remarks>On every system with Unix sockets. <see cref="TachyonClientOptions.ServerUser"/> can be checked on 64-bit Linux only:
    /// elsewhere it fails the attempt.</remarks>
    /// <param name="path">A path, <c>@name</c> (Linux only), or an address, as for <see cref="TachyonEndPoint(string)"/>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt at once.</param>
    /// <exception cref="TachyonConnectException">Connecting failed; <see cref="TachyonConnectException.Error"/> and the message say
    /// why.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    /// <returns>The connected socket, which the caller disposes.</returns>
    public static Task<Socket> ConnectSocketAsync(
        string path, TachyonClientOptions? options = null, CancellationToken cancellationToken = default)
        => Connector.ConnectSocketAsync(path, options ?? new TachyonClientOptions(), cancellationToken);

    internal bool IsReceiveEnded => _core.IsReceiveEnded;

    /// <summary>Whether it has the memory of an earlier connection.</summary>
    internal bool ReusesMemory { get; init; }

    internal void Start()
    {
        _ = CaptureEnvironment.EnsureStarted();
        _core.Facts = new ConnectionFacts(EndPoint.Path, Peer.ProcessId, Peer.UserId, ApplicationFeatures);
        _core.Start(() => ThreadPool.UnsafeQueueUserWorkItem(
            static connection => connection.CancelClosed(), this, preferLocal: false));
    }

    private void CancelClosed()
    {
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException)
        {
            // Callbacks of the application. They end nothing here.
        }
    }

    private void UsePipes()
    {
        lock (_lock)
        {
            if (_stream is not null)
            {
                throw new InvalidOperationException("The connection is used as a stream already.");
            }

            if (_input is not null)
            {
                return;
            }

            // Once: IsOwnUser makes a system call, and callers may read the properties for every message.
            _input = new RingPipeReader(_core, zeroCopy: Peer.IsOwnUser, MapFailure ?? (static failure => failure));
            _output = new RingPipeWriter(_core);
        }
    }
}
