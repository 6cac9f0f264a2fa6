using System.Net.Sockets;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport;

/// <summary>A client that a <see cref="TachyonListener"/> accepted: over shared memory, or with its socket. One of the two is
/// null.</summary>
/// <param name="Connection">The connection of a client that speaks the Tachyon handshake.</param>
/// <param name="SocketClient">A client that speaks another protocol.</param>
public readonly record struct TachyonAcceptedClient(TachyonConnection? Connection, TachyonSocketClient? SocketClient)
{
    /// <summary>Closes a client that is not served.</summary>
    internal async ValueTask AbandonAsync()
    {
        SocketClient?.Dispose();
        if (Connection is not null)
        {
            Connection.Abort();
            await Connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>A client that speaks another protocol (HTTP/2, HTTP/1.1, TLS): its socket, with all of its bytes still unread.</summary>
/// <remarks>It counts as a connection of the listener until it is disposed.</remarks>
public sealed class TachyonSocketClient : IDisposable
{
    private readonly IDisposable _claim;

    internal TachyonSocketClient(Socket socket, TachyonPeer peer, IReadOnlyList<uint> peerGroupIds, IDisposable claim)
    {
        Socket = socket;
        Peer = peer;
        PeerGroupIds = peerGroupIds;
        _claim = claim;
    }

    /// <summary>The connected socket.</summary>
    public Socket Socket { get; }

    /// <summary>The process that connected, from the kernel.</summary>
    public TachyonPeer Peer { get; }

    /// <summary>The supplementary groups (gids) of the client, from the kernel (SO_PEERGROUPS).</summary>
    public IReadOnlyList<uint> PeerGroupIds { get; }

    /// <summary>Closes the socket, which may be closed already, and gives back the place among the listener's connections.
    /// Idempotent.</summary>
    public void Dispose()
    {
        UnwantedDescriptors.Close(Socket, Peer, Peer.IsOwnUser);
        _claim.Dispose();
    }
}
