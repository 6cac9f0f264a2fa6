namespace Tachyon.Transport.Internal.Handshake;

/// <summary>Counts the connections of one listener, in all and by user, and refuses those beyond the limits.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionQuota(TachyonServerOptions options)
{
    private readonly UserCounts _counts = new();

    /// <summary>Claims a connection for a peer.</summary>
    /// <param name="peer">The peer of the connection.</param>
    /// <param name="isOwnUser">Whether that is the server's own user.</param>
    /// <param name="refusal">The limit that is reached, as a message.</param>
    /// <returns>The claim, to be disposed when the connection has ended; null at a limit.</returns>
    internal IDisposable? TryClaim(TachyonPeer peer, bool isOwnUser, out string? refusal)
        => _counts.TryClaim(
            peer.UserId,
            (all, ofUser) => all >= options.MaxConnections
                ? $"There are {all} connections, and {nameof(TachyonServerOptions.MaxConnections)} allows no more: raise it, or find the client that keeps making connections."
                : !isOwnUser && ofUser >= options.MaxConnectionsPerUser
                    ? $"User {peer.UserId} has {ofUser} connections, and {nameof(TachyonServerOptions.MaxConnectionsPerUser)} allows no more: raise it, or find the client that keeps making connections."
                    : null,
            out refusal);
}
