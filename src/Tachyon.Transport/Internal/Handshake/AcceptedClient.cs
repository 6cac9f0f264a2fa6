using System.Net.Sockets;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>An accepted client: over shared memory, or a plain socket client that goes on over its socket.</summary>
internal readonly record struct AcceptedClient(TachyonConnection? Connection, SocketClient? SocketClient)
{
    internal static AcceptedClient Over(TachyonConnection connection) => new(connection, null);

    internal static AcceptedClient Over(SocketClient client) => new(null, client);

    /// <summary>Ends a client that no caller has accepted.</summary>
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

/// <summary>A client that speaks another protocol (HTTP/2, HTTP/1.1, TLS): its socket, with all of its bytes still in it.</summary>
/// <param name="Socket">Connected; the owner's to dispose.</param>
/// <param name="Peer">The process that connected.</param>
/// <param name="PeerGroupIds">The supplementary groups of it.</param>
/// <param name="Claim">Its place among the connections of the listener, to be disposed when the connection has ended.</param>
internal sealed record SocketClient(Socket Socket, TachyonPeer Peer, uint[] PeerGroupIds, IDisposable Claim) : IDisposable
{
    public void Dispose()
    {
        UnwantedDescriptors.Close(Socket, Peer, Peer.IsOwnUser);
        Claim.Dispose();
    }
}
