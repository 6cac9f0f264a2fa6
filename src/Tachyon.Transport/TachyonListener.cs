using System.Net.Sockets;
using System.Threading.Channels;
using Tachyon.Transport.Internal;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Sockets;

namespace Tachyon.Transport;

/// <summary>
/// Listens for clients at an end point. Handshakes run side by side in the background; a client that is silent, slow or broken
/// is reported to the failure callback and never holds up another, nor <see cref="AcceptAsync"/>.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class TachyonListener : IAsyncDisposable
{
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromMilliseconds(100);

    private readonly ListeningSocket _listening;
    private readonly TachyonServerOptions _options;
    private readonly Action<TachyonHandshakeFailure>? _handshakeFailed;
    private readonly Func<Exception, Exception> _mapFailure;
    private readonly bool _acceptSocketClients;
    private readonly Channel<AcceptedClient> _accepted;
    private readonly PendingHandshakes _pending;
    private readonly ConnectionQuota _quota;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HandshakeWorkers _workers;
    private readonly HandshakeLoop _loop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pausedUntil;
    private int _running = 1;
    private bool _disposed;

    private TachyonListener(
        TachyonEndPoint endPoint,
        TachyonServerOptions options,
        Action<TachyonHandshakeFailure>? handshakeFailed,
        Func<Exception, Exception> mapFailure,
        bool acceptSocketClients)
    {
        EndPoint = endPoint;
        _options = options;
        _handshakeFailed = handshakeFailed;
        _mapFailure = mapFailure;
        _acceptSocketClients = acceptSocketClients;
        _pending = new PendingHandshakes(options.MaxPendingHandshakes);
        _quota = new ConnectionQuota(options);
        _accepted = Channel.CreateBounded<AcceptedClient>(options.Backlog);
        _listening = ListeningSocket.Create(endPoint, options);
        _workers = new HandshakeWorkers(options.MaxPendingHandshakes);
        try
        {
            TransportMetrics.EnsureCreated();

            // Another process may share an inherited socket and be faster.
            _listening.Socket.Blocking = false;
            _loop = new HandshakeLoop(_listening.Socket.SafeHandle, WantsClients, AcceptClient, OnLoopEnded, _workers);
            _loop.Start();
        }
        catch
        {
            _listening.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens.</summary>
    public TachyonEndPoint EndPoint { get; }

    /// <summary>Whether the service manager made the socket: mode and owner of its file are the manager's.</summary>
    internal bool IsInherited => _listening.IsInherited;

    /// <summary>
    /// Starts to listen. A socket file that a killed server left behind is taken over; anything else at the path is left alone.
    /// </summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="options">Options; null for the defaults. Not to be changed afterwards.</param>
    /// <param name="handshakeFailed">
    /// Called for each client that was not taken, from any thread. Must be quick; what it throws is ignored.
    /// </param>
    /// <exception cref="SocketException">The address is in use; the message names what uses it.</exception>
    /// <exception cref="IOException">It cannot listen there; the message gives the reason.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public static TachyonListener Listen(
        TachyonEndPoint endPoint, TachyonServerOptions? options = null, Action<TachyonHandshakeFailure>? handshakeFailed = null)
        => Listen(endPoint, options ?? new TachyonServerOptions(), handshakeFailed, static failure => failure, acceptSocketClients: false);

    /// <param name="endPoint">Where.</param>
    /// <param name="options">Options.</param>
    /// <param name="handshakeFailed">Called for each client that was not taken.</param>
    /// <param name="mapFailure">Makes the exceptions that the caller's side expects.</param>
    /// <param name="acceptSocketClients">
    /// Whether clients that speak another protocol come out of <see cref="AcceptClientAsync"/>, rather than being refused.
    /// </param>
    internal static TachyonListener Listen(
        TachyonEndPoint endPoint,
        TachyonServerOptions options,
        Action<TachyonHandshakeFailure>? handshakeFailed,
        Func<Exception, Exception> mapFailure,
        bool acceptSocketClients)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        TachyonPlatform.ThrowIfUnsupported();
        return new TachyonListener(endPoint, options, handshakeFailed, mapFailure, acceptSocketClients);
    }

    /// <summary>
    /// The next connection whose handshake succeeded; null after <see cref="StopAsync"/>. Handshakes run side by side: their order is that
    /// in which they end.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<TachyonConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        => (await AcceptClientAsync(cancellationToken).ConfigureAwait(false))?.Connection;

    /// <summary>The next client that was taken; null after <see cref="StopAsync"/>.</summary>
    internal async ValueTask<AcceptedClient?> AcceptClientAsync(CancellationToken cancellationToken)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out AcceptedClient client))
            {
                return client;
            }
        }

        return null;
    }

    /// <summary>
    /// Stops listening, gives up handshakes that are under way, and removes the socket file. Live connections go on. Idempotent.
    /// </summary>
    public async ValueTask StopAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            _loop.Stop();
        }

        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Stops listening and closes connections that were not accepted.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);

        // Before the queue is emptied: a handshake that ends later sees it after it has added its client.
        Interlocked.Exchange(ref _disposed, true);
        await AbandonAcceptedAsync().ConfigureAwait(false);
    }

    private async Task AbandonAcceptedAsync()
    {
        while (_accepted.Reader.TryRead(out AcceptedClient client))
        {
            await client.AbandonAsync().ConfigureAwait(false);
        }
    }

    private bool WantsClients() => Environment.TickCount64 >= _pausedUntil && _pending.HasPlace();

    private void AcceptClient()
    {
        Socket socket;
        try
        {
            socket = _listening.Socket.Accept();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
        {
            return;
        }
        catch (SocketException exception)
        {
            // Out of descriptors, or a client that left while it waited: report it and go on. The pause keeps a lasting cause from making
            // this a busy loop.
            _pausedUntil = Environment.TickCount64 + (long)s_pauseAfterError.TotalMilliseconds;
            _workers.Run(() => Report(new TachyonHandshakeFailure(
                TachyonHandshakeFailureReason.Error, $"A client could not be accepted: {exception.Message}.{Errno.Hint(exception)}", null, exception)));
            return;
        }

        _pending.TakePlace();
        Interlocked.Increment(ref _running);
        _workers.Run(() => _ = ShakeHandsAsync(socket));
    }

    private void OnLoopEnded()
    {
        _listening.Dispose();
        CompleteWhenLast();
        _ended.TrySetResult();
    }

    private async Task ShakeHandsAsync(Socket socket)
    {
        PendingHandshake? handshake = null;
        AcceptedClient client = default;
        try
        {
            handshake = await AdmitAsync(socket).ConfigureAwait(false);
            client = await ServerHandshake
                .RunAsync(handshake, _quota, _options, EndPoint, _mapFailure, _acceptSocketClients, _stopping.Token).ConfigureAwait(false);
            if (!_accepted.Writer.TryWrite(client))
            {
                await EnqueueAsync(client).ConfigureAwait(false);
            }

            // After the client was added: the other side of this order is in DisposeAsync.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _disposed))
            {
                await AbandonAcceptedAsync().ConfigureAwait(false);
            }
        }
        catch (HandshakeFailedException exception)
        {
            Report(exception.Failure);
        }
        finally
        {
            if (handshake is null)
            {
                UnwantedDescriptors.Close(socket);
            }
            else
            {
                if (client.SocketClient is null)
                {
                    handshake.Close();
                }

                _pending.Remove(handshake);
            }

            if (_pending.ReleasePlace())
            {
                _loop.Wake();
            }

            CompleteWhenLast();
        }
    }

    private async Task<PendingHandshake> AdmitAsync(Socket socket)
    {
        TachyonPeer? peer = null;
        string? refusal;
        try
        {
            peer = ControlSocket.GetPeer(socket);
            var handshake = new PendingHandshake(socket, peer.Value, _loop, _options.HandshakeTimeout);
            await ServerHandshake.RefuseIfNotAllowedAsync(handshake, _options, _stopping.Token).ConfigureAwait(false);
            refusal = _pending.TryAdd(handshake);
            if (refusal is null)
            {
                return handshake;
            }

            await ServerHandshake.RefuseUnreadAsync(socket, HandshakeStatus.LimitReached, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is (IOException and not HandshakeFailedException) or SocketException or OperationCanceledException)
        {
            throw new HandshakeFailedException(new TachyonHandshakeFailure(TachyonHandshakeFailureReason.Error, exception.Message, peer, exception));
        }

        throw new HandshakeFailedException(new TachyonHandshakeFailure(TachyonHandshakeFailureReason.LimitReached, refusal, peer, null));
    }

    private async Task EnqueueAsync(AcceptedClient client)
    {
        try
        {
            await _accepted.Writer.WriteAsync(client, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await client.AbandonAsync().ConfigureAwait(false);
        }
    }

    private void Report(TachyonHandshakeFailure failure)
    {
        TransportMetrics.HandshakeRefused(failure.Reason);
        try
        {
            _handshakeFailed?.Invoke(failure);
        }
#pragma warning disable CA1031 // An exception of the application's callback (a full log, for example) must not end the accepting of clients.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    // AcceptAsync returns null only when no handshake can bring another connection.
    private void CompleteWhenLast()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _accepted.Writer.TryComplete();
        }
    }
}
