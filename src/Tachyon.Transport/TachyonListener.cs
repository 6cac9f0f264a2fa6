using System.Net.Sockets;
using System.Threading.Channels;
using Tachyon.Transport.Internal;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

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
    private readonly Channel<TachyonConnection> _accepted;
    private readonly PendingHandshakes _pending;
    private readonly ConnectionQuota _quota;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _running = 1;

    private TachyonListener(
        TachyonEndPoint endPoint,
        TachyonServerOptions options,
        Action<TachyonHandshakeFailure>? handshakeFailed,
        Func<Exception, Exception> mapFailure)
    {
        EndPoint = endPoint;
        _options = options;
        _handshakeFailed = handshakeFailed;
        _mapFailure = mapFailure;
        _pending = new PendingHandshakes(options.MaximumPendingHandshakes);
        _quota = new ConnectionQuota(options);
        _accepted = Channel.CreateBounded<TachyonConnection>(options.Backlog);
        _listening = ListeningSocket.Create(endPoint, options);
        TransportMetrics.EnsureCreated();
        _accepting = Task.Run(AcceptClientsAsync);
    }

    /// <summary>Where it listens.</summary>
    public TachyonEndPoint EndPoint { get; }

    /// <summary>Starts to listen. A socket file that a killed server left behind is taken over; anything else at the path is left alone.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="options">Options; null for the defaults. Not to be changed afterwards.</param>
    /// <param name="handshakeFailed">Called for each client that was not taken, from any thread. Must be quick; what it throws is ignored.</param>
    /// <exception cref="SocketException">The address is in use; the message says by what.</exception>
    /// <exception cref="IOException">It can't listen there; the message says why.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public static TachyonListener Listen(
        TachyonEndPoint endPoint, TachyonServerOptions? options = null, Action<TachyonHandshakeFailure>? handshakeFailed = null)
        => Listen(endPoint, options ?? new TachyonServerOptions(), handshakeFailed, static failure => failure);

    internal static TachyonListener Listen(
        TachyonEndPoint endPoint,
        TachyonServerOptions options,
        Action<TachyonHandshakeFailure>? handshakeFailed,
        Func<Exception, Exception> mapFailure)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        TachyonPlatform.ThrowIfUnsupported();
        return new TachyonListener(endPoint, options, handshakeFailed, mapFailure);
    }

    /// <summary>The next connection whose handshake succeeded; null after <see cref="StopAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<TachyonConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out TachyonConnection? connection))
            {
                return connection;
            }
        }

        return null;
    }

    /// <summary>Stops listening, gives up handshakes that are under way, and removes the socket file. Live connections go on. Idempotent.</summary>
    public async ValueTask StopAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            _listening.Dispose();
        }

        await _accepting.ConfigureAwait(false);
    }

    /// <summary>Stops listening and closes connections that nobody accepted.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        while (_accepted.Reader.TryRead(out TachyonConnection? connection))
        {
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AcceptClientsAsync()
    {
        try
        {
            while (true)
            {
                await _pending.TakePlaceAsync(_stopping.Token).ConfigureAwait(false);
                Socket socket = await AcceptSocketAsync().ConfigureAwait(false);
                Interlocked.Increment(ref _running);
                _ = ShakeHandsAsync(socket);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        finally
        {
            CompleteWhenLast();
        }
    }

    private async Task<Socket> AcceptSocketAsync()
    {
        while (true)
        {
            try
            {
                return await _listening.Socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException && !_stopping.IsCancellationRequested)
            {
                // Out of descriptors, or a client that left while it waited: say so and go on. The pause keeps a lasting cause from
                // making this a busy loop.
                Report(new TachyonHandshakeFailure(
                    HandshakeFailureReason.Error,
                    $"A client could not be accepted: {exception.Message}.{(exception is SocketException error ? Errno.Cure(error) : "")}",
                    null,
                    exception));
                await Task.Delay(s_pauseAfterError, _stopping.Token).ConfigureAwait(false);
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                throw new OperationCanceledException(_stopping.Token);
            }
        }
    }

    private async Task ShakeHandsAsync(Socket socket)
    {
        PendingHandshake? handshake = null;
        try
        {
            handshake = await AdmitAsync(socket).ConfigureAwait(false);
            TachyonConnection connection = await ServerHandshake
                .RunAsync(handshake, _quota, _options, EndPoint, _mapFailure, _stopping.Token).ConfigureAwait(false);
            if (!_accepted.Writer.TryWrite(connection))
            {
                await EnqueueAsync(connection).ConfigureAwait(false);
            }
        }
        catch (HandshakeFailedException exception)
        {
            Report(exception.Failure);
        }
        finally
        {
            socket.Dispose();
            if (handshake is not null)
            {
                _pending.Remove(handshake);
            }

            _pending.GiveBackPlace();
            CompleteWhenLast();
        }
    }

    private async Task<PendingHandshake> AdmitAsync(Socket socket)
    {
        TachyonPeer? peer = null;
        try
        {
            peer = ControlSocket.GetPeer(socket);
            if (_pending.TryAdd(socket, peer.Value) is { } handshake)
            {
                return handshake;
            }

            await ServerHandshake.RefuseAsync(socket, HandshakeStatus.LimitReached, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            throw Failure(HandshakeFailureReason.Error, exception.Message, exception);
        }

        throw Failure(
            HandshakeFailureReason.LimitReached,
            $"User {peer.Value.UserId} has {_pending.MaximumOfOtherUser} handshakes under way; a user other than the server's own gets no more.");

        HandshakeFailedException Failure(HandshakeFailureReason reason, string message, Exception? cause = null)
            => new(new TachyonHandshakeFailure(reason, message, peer, cause));
    }

    private async Task EnqueueAsync(TachyonConnection connection)
    {
        try
        {
            await _accepted.Writer.WriteAsync(connection, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Report(TachyonHandshakeFailure failure)
    {
        TransportMetrics.HandshakeRefused(failure.Reason);
        try
        {
            _handshakeFailed?.Invoke(failure);
        }
#pragma warning disable CA1031 // Somebody else's callback (a log that is full, say) must not end the accepting of clients.
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
