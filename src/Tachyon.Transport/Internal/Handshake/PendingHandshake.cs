using System.Diagnostics;
using System.Net.Sockets;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>One handshake under way at the server, and whether it is the client that we wait for.</summary>
#pragma warning disable CA1001 // It has no timer and no wait handle to dispose, and is canceled by whoever still sees the handshake.
internal sealed class PendingHandshake(Socket socket, TachyonPeer peer)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _givenUp = new();
    private long _waitingSince;
    private int _untaken;

    internal Socket Socket => socket;

    internal TachyonPeer Peer => peer;

    /// <summary>Asked once for a handshake: it is a system call.</summary>
    internal bool IsOwnUser { get; } = peer.IsOwnUser;

    /// <summary>The supplementary groups of the client. Asked when needed first; the socket must be open then.</summary>
    internal uint[] GroupIds => field ??= ControlSocket.GetPeerGroups(socket);

    /// <summary>Canceled when the handshake has to give way to others.</summary>
    internal CancellationToken GivenUp => _givenUp.Token;

    /// <summary>It is the client's turn; if it was already, then since then.</summary>
    /// <param name="untaken">Bytes that were looked at and left in the kernel: they are not enough.</param>
    internal void Waits(int untaken = 0)
    {
        Volatile.Write(ref _untaken, untaken);
        Interlocked.CompareExchange(ref _waitingSince, Stopwatch.GetTimestamp(), 0);
    }

    /// <summary>The client has said what was due.</summary>
    internal void Heard() => Volatile.Write(ref _waitingSince, 0);

    /// <summary>The client owes us bytes for so long, and no new ones are in the kernel either: it is not this process that is slow.</summary>
    internal bool IsSilentFor(TimeSpan time)
    {
        long since = Volatile.Read(ref _waitingSince);
        if (since == 0 || Stopwatch.GetElapsedTime(since) < time)
        {
            return false;
        }

        try
        {
            return socket.Available <= Volatile.Read(ref _untaken);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It ends just now.
            return false;
        }
    }

    // In the pool: this is called by the one that accepts clients.
    internal void GiveUp() => _ = _givenUp.CancelAsync();
}
