using System.Diagnostics;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The handshakes under way at one listener. Bounded, and the bound lets nobody lock out others: while all places are taken, clients
/// that keep us waiting give way; and each user other than the server's own gets a quarter of the places at most.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class PendingHandshakes(int maximum)
{
    // An honest client sends its bytes at once: within microseconds, or within some time slices on a machine that is loaded.
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeBetweenChecks = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly HashSet<PendingHandshake> _pending = [];
    private long _lastCheck = Stopwatch.GetTimestamp();
    private int _taken;

    internal int MaximumOfOtherUser { get; } = Math.Max(1, maximum / 4);

    /// <summary>
    /// Whether there is a place for the next client. While there is none, silent clients give way: the thread that accepts clients asks again
    /// and again.
    /// </summary>
    internal bool HasPlace()
    {
        if (Volatile.Read(ref _taken) < maximum)
        {
            return true;
        }

        if (Stopwatch.GetElapsedTime(_lastCheck) >= s_timeBetweenChecks)
        {
            _lastCheck = Stopwatch.GetTimestamp();
            GiveUpSilent();
        }

        return false;
    }

    /// <summary>Takes a place, to be given back by <see cref="GiveBackPlace"/>. Only the thread that asks <see cref="HasPlace"/> may do so.</summary>
    internal void TakePlace() => Interlocked.Increment(ref _taken);

    /// <returns>Whether all places were taken before.</returns>
    internal bool GiveBackPlace() => Interlocked.Decrement(ref _taken) == maximum - 1;

    /// <returns>False when the user of the client has all the places that it may have.</returns>
    internal bool TryAdd(PendingHandshake handshake)
    {
        lock (_lock)
        {
            if (!handshake.IsOwnUser && _pending.Count(other => other.Peer.UserId == handshake.Peer.UserId) >= MaximumOfOtherUser)
            {
                return false;
            }

            _pending.Add(handshake);
            return true;
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
