namespace Tachyon.Transport.Internal.Handshake;

/// <summary>Counts the connections of one listener, in all and by user, and refuses those beyond the limits.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionQuota(TachyonServerOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, int> _ofUsers = [];
    private int _all;

    /// <summary>Claims a connection for a peer.</summary>
    /// <param name="peer">The peer of the connection.</param>
    /// <param name="isOwnUser">Whether that is the server's own user.</param>
    /// <param name="refusal">The limit that is reached, as a message.</param>
    /// <returns>The claim, to be disposed when the connection has ended; null at a limit.</returns>
    internal IDisposable? TryClaim(TachyonPeer peer, bool isOwnUser, out string? refusal)
    {
        lock (_lock)
        {
            int ofUser = _ofUsers.GetValueOrDefault(peer.UserId);
            refusal = _all >= options.MaxConnections
                ? $"There are {_all} connections, and {nameof(TachyonServerOptions.MaxConnections)} allows no more: raise it, or find the client that keeps making connections."
                : !isOwnUser && ofUser >= options.MaxConnectionsPerUser
                    ? $"User {peer.UserId} has {ofUser} connections, and {nameof(TachyonServerOptions.MaxConnectionsPerUser)} allows no more: raise it, or find the client that keeps making connections."
                    : null;
            if (refusal is not null)
            {
                return null;
            }

            _all++;
            _ofUsers[peer.UserId] = ofUser + 1;
            return new Claim(this, peer.UserId);
        }
    }

    private void Release(uint user)
    {
        lock (_lock)
        {
            _all--;
            if (--_ofUsers[user] == 0)
            {
                _ofUsers.Remove(user);
            }
        }
    }

    private sealed class Claim(ConnectionQuota quota, uint user) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                quota.Release(user);
            }
        }
    }
}
