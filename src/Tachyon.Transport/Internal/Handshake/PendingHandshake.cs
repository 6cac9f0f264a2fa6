using System.Diagnostics;
using System.Net.Sockets;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>One handshake in progress at the server, and whether it waits for the client.</summary>
internal sealed class PendingHandshake(Socket socket, TachyonPeer peer, HandshakeLoop loop, TimeSpan timeout)
{
    private readonly Lock _lock = new();
    private readonly long _deadline = Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
    private HandshakeWait? _wait;
    private bool _isCanceled;
    private long _waitingSince;
    private int _peeked;
    private bool _isSocketReleased;

    internal Socket Socket => socket;

    internal TachyonPeer Peer => peer;

    /// <summary>Asked once for a handshake: it is a system call.</summary>
    internal bool IsOwnUser { get; } = peer.IsOwnUser;

    /// <summary>Closes the socket without waiting for the client, unless it was released. Idempotent.</summary>
    internal void Close()
    {
        if (!_isSocketReleased)
        {
            UnwantedDescriptors.Close(socket, peer, IsOwnUser);
        }
    }

    /// <summary>The socket outlives the handshake: its new owner closes it. By the thread that runs the handshake, as
    /// <see cref="Close"/>.</summary>
    internal void ReleaseSocket() => _isSocketReleased = true;

    /// <summary>The supplementary groups of the client. Asked when needed first; the socket must be open then.</summary>
    internal uint[] GroupIds => field ??= ControlSocket.GetPeerGroups(socket);

    /// <summary>Since when the server waits for the client, in ticks of <see cref="Stopwatch"/>; 0 while it does not.</summary>
    internal long WaitingSince => Volatile.Read(ref _waitingSince);

    /// <summary>Whether the handshake was canceled because others need its place.</summary>
    internal bool IsCanceled => Volatile.Read(ref _isCanceled);

    /// <summary>Waits until the client has sent something or closed the socket. Continues on a thread of the listener.</summary>
    /// <exception cref="OperationCanceledException">The listener stopped, the time is up, or the handshake was canceled.</exception>
    internal async Task WaitReadableAsync()
    {
        if (await WaitAsync(socket, _deadline).ConfigureAwait(false) != WaitOutcome.Readable)
        {
            throw new OperationCanceledException();
        }
    }

    /// <summary>Waits for a time, for as long as the handshake may still take. Continues on a thread of the listener.</summary>
    /// <exception cref="OperationCanceledException">As of <see cref="WaitReadableAsync"/>.</exception>
    internal async Task DelayAsync(TimeSpan time)
    {
        var end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        if (await WaitAsync(null, Math.Min(end, _deadline)).ConfigureAwait(false) != WaitOutcome.TimedOut || end > _deadline)
        {
            throw new OperationCanceledException();
        }
    }

    private Task<WaitOutcome> WaitAsync(Socket? readable, long deadline)
    {
        var wait = new HandshakeWait(deadline);
        HandshakeWorkers.RunAfterCurrent(() => Begin(wait, readable));
        return wait.Task;
    }

    private void Begin(HandshakeWait wait, Socket? readable)
    {
        lock (_lock)
        {
            if (!_isCanceled)
            {
                _wait = wait;
                try
                {
                    loop.Begin(wait, readable);
                    return;
                }
                catch (IOException exception)
                {
                    wait.Fail(exception);
                    return;
                }
            }
        }

        wait.Complete(WaitOutcome.Canceled);
    }

    /// <summary>The server waits for the client from now on, or from the earlier call.</summary>
    /// <param name="peeked">Bytes that were peeked and left in the kernel: they are not enough.</param>
    internal void OnWaiting(int peeked = 0)
    {
        Volatile.Write(ref _peeked, peeked);
        Interlocked.CompareExchange(ref _waitingSince, Stopwatch.GetTimestamp(), 0);
    }

    /// <summary>The client has sent what the server waited for.</summary>
    internal void OnReceived() => Volatile.Write(ref _waitingSince, 0);

    /// <summary>
    /// The server has waited for so long, and no new bytes are in the kernel either: it is not this process that is slow.
    /// </summary>
    internal bool IsSilentFor(TimeSpan time)
    {
        var since = Volatile.Read(ref _waitingSince);
        if (since == 0 || Stopwatch.GetElapsedTime(since) < time)
        {
            return false;
        }

        try
        {
            return socket.Available <= Volatile.Read(ref _peeked);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It ends just now.
            return false;
        }
    }

    /// <summary>Ends the handshake: others need its place.</summary>
    internal void Cancel()
    {
        lock (_lock)
        {
            _isCanceled = true;
            if (_wait is { } wait)
            {
                loop.Cancel(wait);
            }
        }
    }
}
