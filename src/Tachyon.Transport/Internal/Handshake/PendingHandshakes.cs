using System.Net.Sockets;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The handshakes under way at one listener. Bounded, and the bound lets nobody lock out others: while all places are taken, clients
/// that keep us waiting give way; and each user other than the server's own gets a quarter of the places at most.
/// </summary>
/// <remarks>Thread-safe.</remarks>
#pragma warning disable CA1001 // The semaphore has no wait handle to dispose, and handshakes that end late still give it back.
internal sealed class PendingHandshakes(int maximum)
#pragma warning restore CA1001
{
    // An honest client sends its bytes at once: within microseconds, or within some time slices on a machine that is loaded.
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeBetweenLooks = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _places = new(maximum);
    private readonly Lock _lock = new();
    private readonly HashSet<PendingHandshake> _pending = [];

    internal int MaximumOfOtherUser { get; } = Math.Max(1, maximum / 4);

    /// <summary>Returns when there is a place for the next client, which is to be given back by <see cref="GiveBackPlace"/>.</summary>
    internal async Task TakePlaceAsync(CancellationToken cancellationToken)
    {
        while (!await _places.WaitAsync(s_timeBetweenLooks, cancellationToken).ConfigureAwait(false))
        {
            GiveUpSilent();
        }
    }

    internal void GiveBackPlace() => _places.Release();

    /// <returns>Null when the user of the client has all the places that it may have.</returns>
    internal PendingHandshake? TryAdd(Socket socket, TachyonPeer peer)
    {
        var handshake = new PendingHandshake(socket, peer);
        lock (_lock)
        {
            if (!handshake.IsOwnUser && _pending.Count(other => other.Peer.UserId == peer.UserId) >= MaximumOfOtherUser)
            {
                return null;
            }

            _pending.Add(handshake);
            return handshake;
        }
    }

    internal void Remove(PendingHandshake handshake)
    {
        lock (_lock)
        {
            _pending.Remove(handshake);
        }
    }

    private void GiveUpSilent()
    {
        List<PendingHandshake> silent;
        lock (_lock)
        {
            silent = [.. _pending.Where(static handshake => handshake.IsSilentFor(s_longestSilence))];
        }

        silent.ForEach(static handshake => handshake.GiveUp());
    }
}
