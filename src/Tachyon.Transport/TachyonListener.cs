using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;
using Tachyon.Transport.Internal;
using Tachyon.Transport.Internal.Capture;
using Tachyon.Transport.Internal.Connection;
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

    // An honest client needs some milliseconds.
    private static readonly TimeSpan s_maxTimeForLastClients = TimeSpan.FromSeconds(1);

    private readonly ListeningSocket _listening;
    private readonly TachyonServerOptions _options;
    private readonly TachyonListenerSettings _settings;
    private readonly Channel<TachyonAcceptedClient> _accepted;
    private readonly PendingHandshakes _pending;
    private readonly PreparedParts _prepared;
    private readonly ReusableMemory _reusable = new();
    private readonly ServerHandshake _handshake;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HandshakeWorkers _workers;
    private readonly HandshakeLoop _loop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pausedUntil;
    private int _running = 1;
    private bool _disposed;

    private TachyonListener(TachyonEndPoint endPoint, TachyonServerOptions options, TachyonListenerSettings settings)
    {
        EndPoint = endPoint;
        _options = options;
        _settings = settings;
        _pending = new PendingHandshakes(options.MaxPendingHandshakes);
        SharedMemoryOff = settings.SharedMemoryOff ?? TachyonPlatform.FindServerObstacle();
        _prepared = new PreparedParts(options.ReceiveRingSize, options.SendRingSize, endPoint.Path);
        var quota = new ConnectionQuota(options);
        _handshake = new ServerHandshake(quota, options, endPoint, settings, _prepared, _reusable, Refusal(settings));
        _accepted = Channel.CreateBounded<TachyonAcceptedClient>(options.Backlog);
        _listening = ListeningSocket.Create(endPoint, options);
        _workers = new HandshakeWorkers(options.MaxPendingHandshakes);
        try
        {
            TransportMetrics.EnsureCreated();
            CaptureEnvironment.EnsureStarted()?.Report(settings.CaptureChanged);

            // Another process may share an inherited socket and be faster.
            _listening.Socket.Blocking = false;
            _loop = new HandshakeLoop(_listening.Socket.SafeHandle, WantsClients, AcceptClient, OnLoopEnded, _workers, _prepared);
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

    /// <summary>
    /// Whether the service manager made the socket and passed it on (sd_listen_fds(3)). Mode and owner of its file are then the manager's.
    /// </summary>
    public bool IsInherited => _listening.IsInherited;

    /// <summary>
    /// The process whose server this one has taken over from (<see cref="TachyonServerOptions.TakeOver"/>); null where none ran, 0 where
    /// its number is not known.
    /// </summary>
    public int? PredecessorProcessId => _listening.PredecessorId;

    /// <summary>Why the listener grants no shared memory; null where it does. Clients that ask for it are then refused, and may go on over
    /// the socket.</summary>
    public string? SharedMemoryOff { get; }

    /// <summary>Starts to listen. A socket file that a killed server left behind is taken over; any other file at the path is left
    /// alone.</summary>
    /// <param name="path">A path, <c>@name</c>, or an address, as for <see cref="TachyonEndPoint(string)"/>.</param>
    /// <param name="options">What operators decide; null for the defaults. Not to be changed afterwards.</param>
    /// <param name="settings">What the calling code decides; null for the defaults.</param>
    /// <exception cref="ArgumentException">The path is no valid path of a Unix socket.</exception>
    /// <exception cref="SocketException">The address is in use; the message says by what.</exception>
    /// <exception cref="IOException">Listening failed; the message says why.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on 64-bit Linux.</exception>
    public static TachyonListener Listen(string path, TachyonServerOptions? options = null, TachyonListenerSettings? settings = null)
        => Listen(new TachyonEndPoint(path), options, settings);

    /// <inheritdoc cref="Listen(string, TachyonServerOptions, TachyonListenerSettings)" path="/*[not(self::param)]"/>
    /// <param name="endPoint">Where to listen.</param>
    /// <param name="options">What operators decide; null for the defaults. Not to be changed afterwards.</param>
    /// <param name="settings">What the calling code decides; null for the defaults.</param>
    public static TachyonListener Listen(
        TachyonEndPoint endPoint, TachyonServerOptions? options = null, TachyonListenerSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        TachyonPlatform.ThrowIfUnsupported();
        return new TachyonListener(endPoint, options ?? new TachyonServerOptions(), settings ?? new TachyonListenerSettings());
    }

    /// <summary>Addresses of listening Unix sockets that the service manager passed to this process and that no listener uses
    /// (sd_listen_fds(3)).</summary>
    public static IReadOnlyList<string> FindUnusedInheritedSockets() => InheritedSockets.Unused();

    /// <summary>
    /// The next connection whose handshake succeeded; null after <see cref="StopAsync"/>. Handshakes run side by side: connections come in
    /// the order in which their handshakes end.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">The listener also accepts socket clients: call
    /// <see cref="AcceptClientAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public async ValueTask<TachyonConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (_settings.AcceptSocketClients)
        {
            throw new InvalidOperationException(
                $"The listener accepts socket clients ({nameof(TachyonListenerSettings.AcceptSocketClients)}): call {nameof(AcceptClientAsync)}.");
        }

        return (await AcceptClientAsync(cancellationToken).ConfigureAwait(false))?.Connection;
    }

    /// <summary>The next client, over shared memory or with its socket; null after <see cref="StopAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public async ValueTask<TachyonAcceptedClient?> AcceptClientAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out var client))
            {
                return client;
            }
        }

        return null;
    }

    /// <summary>
    /// Stops listening, gives up handshakes that are under way, and removes the socket file. Live connections go on. Where another server
    /// has taken over the path, clients that had connected before get a second for their handshakes. Idempotent.
    /// </summary>
    public async ValueTask StopAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await ServeLastClientsAsync().ConfigureAwait(false);
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

    /// <summary>The clients that the successor never sees. Polls: no event says that a socket has no further client in its queue.</summary>
    private async Task ServeLastClientsAsync()
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            while (_listening.IsReplaced && HasClients() && Stopwatch.GetElapsedTime(start) < s_maxTimeForLastClients)
            {
                await Task.Delay(1).ConfigureAwait(false);
            }
        }
        catch (ObjectDisposedException)
        {
            // Another call has stopped it meanwhile.
        }

        // The loop itself is one of those that run.
        bool HasClients() => Volatile.Read(ref _running) > 1 || _listening.Socket.Poll(0, SelectMode.SelectRead);
    }

    /// <summary>How the listener refuses shared memory; null where it grants it.</summary>
    private SharedMemoryRefusal? Refusal(TachyonListenerSettings settings)
        => SharedMemoryOff is not { } reason ? null : new SharedMemoryRefusal(
            settings.SharedMemoryOff is not null || TachyonPlatform.TurnedOff is not null
                ? HandshakeDetail.TurnedOff
                : HandshakeDetail.RefusedBySystem,
            reason);

    private async Task AbandonAcceptedAsync()
    {
        while (_accepted.Reader.TryRead(out var client))
        {
            await client.AbandonAsync().ConfigureAwait(false);
        }
    }

    private bool WantsClients() => Environment.TickCount64 >= _pausedUntil && _pending.HasPlace();

    private Action? AcceptClient()
    {
        Socket socket;
        try
        {
            socket = _listening.Socket.Accept();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
        {
            return null;
        }
        catch (SocketException exception)
        {
            // Out of descriptors, or a client that left while it waited: report it and go on. The pause keeps a lasting cause from making
            // this a busy loop.
            _pausedUntil = Environment.TickCount64 + (long)s_pauseAfterError.TotalMilliseconds;
            _prepared.Release();
            _reusable.ReturnAll();
            return () => Report(new TachyonHandshakeFailure(
                TachyonHandshakeFailureReason.Error, $"A client could not be accepted: {exception.Message}.{Errno.Hint(exception)}", null, exception));
        }

        _pending.TakePlace();
        Interlocked.Increment(ref _running);
        return () => _ = ShakeHandsAsync(socket);
    }

    private void OnLoopEnded()
    {
        _listening.Dispose();
        _reusable.Dispose();
        CompleteWhenLast();
        _ended.TrySetResult();
    }

    private async Task ShakeHandsAsync(Socket socket)
    {
        PendingHandshake? handshake = null;
        TachyonAcceptedClient client = default;
        try
        {
            handshake = await AdmitAsync(socket).ConfigureAwait(false);
            client = await _handshake.RunAsync(handshake, _stopping.Token).ConfigureAwait(false);
            if (client == default)
            {
                return;
            }

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

        // At last: this client is served already. Not on another thread: the threads of the loop may sleep without a limit by then.
        if (client.Connection is { ReusesMemory: false } && handshake is { IsOwnUser: true } && HandshakeLoop.RunsHere)
        {
            _prepared.Prepare();
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
            await _handshake.RefuseIfNotAllowedAsync(handshake, _stopping.Token).ConfigureAwait(false);
            refusal = _pending.TryAdd(handshake);
            if (refusal is null)
            {
                return handshake;
            }

            await ServerHandshake.RefuseUnreadAsync(socket, HandshakeStatus.LimitReached, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is (IOException and not HandshakeFailedException) or SocketException or OperationCanceledException)
        {
            throw new HandshakeFailedException(
                new TachyonHandshakeFailure(TachyonHandshakeFailureReason.Error, exception.Message, peer, exception));
        }

        throw new HandshakeFailedException(new TachyonHandshakeFailure(TachyonHandshakeFailureReason.LimitReached, refusal, peer, null));
    }

    private async Task EnqueueAsync(TachyonAcceptedClient client)
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
            _settings.HandshakeFailed?.Invoke(failure);
        }
#pragma warning disable CA1031 // An exception of the application's callback (a full log, for example) must not end the accept loop.
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
