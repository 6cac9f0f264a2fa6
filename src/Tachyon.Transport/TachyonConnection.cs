using System.IO.Pipelines;
using Tachyon.Transport.Internal;
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
    private readonly Func<Exception, Exception> _mapFailure;
    private readonly Lock _lock = new();
    private RingPipeReader? _input;
    private RingPipeWriter? _output;
    private RingStream? _stream;

    internal TachyonConnection(ConnectionCore core, TachyonPeer peer, TachyonEndPoint endPoint, Func<Exception, Exception> mapFailure)
    {
        _core = core;
        _mapFailure = mapFailure;
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

    /// <summary>The end point that the server listens on.</summary>
    public TachyonEndPoint EndPoint { get; }

    /// <summary>Bytes of the ring that this side writes to.</summary>
    public int SendRingSize => _core.Producer.Capacity;

    /// <summary>Bytes of the ring that this side reads from.</summary>
    public int ReceiveRingSize => _core.Consumer.Capacity;

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
    /// <param name="path">Path of the server's socket, or <c>@name</c>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt at once.</param>
    /// <exception cref="TachyonConnectException">
    /// The connection could not be made; <see cref="TachyonConnectException.Error"/> and the message give the reason.
    /// </exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public static Task<TachyonConnection> ConnectAsync(
        string path, TachyonClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        TachyonPlatform.ThrowIfUnsupported();
        return Connector.ConnectAsync(path, options ?? new TachyonClientOptions(), cancellationToken);
    }

    /// <summary>
    /// Called when a callback of <see cref="Closed"/> threw. The callback is the application's, so the connection goes on.
    /// </summary>
    internal Action<Exception>? ClosedCallbackFailed { get; set; }

    /// <summary>What the connection failed with, if it did: a violation of the protocol, or the reason of an abort.</summary>
    internal Exception? Failure => _core.Failure;

    internal bool IsReceiveEnded => _core.IsReceiveEnded;

    internal ReceiveState FinalReceiveState => _core.FinalReceiveState;

    /// <summary>Called before <see cref="Closed"/> is canceled, with how the peer ended.</summary>
    internal Action<ReceiveState>? ReceiveEnded { get; set; }

    internal void Start()
        => _core.Start(() => ThreadPool.UnsafeQueueUserWorkItem(
            static connection => connection.CancelClosed(), this, preferLocal: false));

    /// <summary>
    /// Ends the connection in order, as far as that is true: what was written goes out and FIN follows, later writes are dropped, and a
    /// peer that ended in order is still read to its end. A peer that does not read is not waited for: what the ring has no room for is cut
    /// off, and then the peer sees a reset. Never blocks.
    /// </summary>
    /// <param name="reason">What reads fail with when the peer has not ended, or when bytes were cut off.</param>
    internal void EndInOrder(Exception reason)
    {
        UsePipes();
        bool sent = _output!.EndFromOutside();
        if (!sent || FinalReceiveState == ReceiveState.Open)
        {
            _core.Fail(reason);
        }
    }

    private void CancelClosed()
    {
        ReceiveEnded?.Invoke(FinalReceiveState);
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException exception)
        {
            ClosedCallbackFailed?.Invoke(exception);
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

            // Once: IsOwnUser is a system call, and callers that do not keep the pipes read these properties for every message.
            _input = new RingPipeReader(_core, zeroCopy: Peer.IsOwnUser, _mapFailure);
            _output = new RingPipeWriter(_core);
        }
    }
}
