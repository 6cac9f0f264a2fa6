using System.Diagnostics;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The handshakes under way at one listener. Their number is bounded, and no user can use up the bound: each user other than the server's
/// own gets a quarter of the places at most, and when those for other users are taken, a client of the user with most is canceled for one
/// of a user that has fewer. While all places are taken, silent clients are canceled.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class PendingHandshakes(int maximum)
{
    // An honest client sends its bytes at once: within microseconds, or within some time slices on a machine that is loaded.
    private static readonly TimeSpan s_maxSilence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeBetweenChecks = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly HashSet<PendingHandshake> _pending = [];
    private long _lastCheck = Stopwatch.GetTimestamp();
    // Users other than the server's own leave these free: a client must be accepted before its user is known.
    private readonly int _kept = maximum / 16;
    private int _taken;

    internal int MaxOfOtherUser { get; } = Math.Max(1, maximum / 4);

    /// <summary>
    /// Whether there is a place for the next client. While there is none, silent clients are canceled: a thread that accepts clients asks
    /// repeatedly, one at a time.
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
            CancelSilent();
        }

        return false;
    }

    /// <summary>Takes a place, until <see cref="ReleasePlace"/>. Once for each time that <see cref="HasPlace"/> returned true.</summary>
    internal void TakePlace() => Interlocked.Increment(ref _taken);

    /// <returns>Whether all places were taken before.</returns>
    internal bool ReleasePlace() => Interlocked.Decrement(ref _taken) == maximum - 1;

    /// <summary>Admits a handshake. One of another user may be canceled for it.</summary>
    /// <returns>Null, or why the handshake is not admitted.</returns>
    internal string? TryAdd(PendingHandshake handshake)
    {
        PendingHandshake? canceled = null;
        lock (_lock)
        {
            var ofUser = CountOf(handshake.Peer.UserId);
            if (!handshake.IsOwnUser && ofUser >= MaxOfOtherUser)
            {
                return $"User {handshake.Peer.UserId} has {ofUser} handshakes under way; a user other than the server's own gets a quarter of {nameof(TachyonServerOptions.MaxPendingHandshakes)}: raise it, or find the client that keeps making connections.";
            }

            if (_kept > 0 && _pending.Count >= maximum - _kept)
            {
                canceled = FindOneToCancel(ofUser);
                if (canceled is null && !handshake.IsOwnUser)
                {
                    return $"{_pending.Count} handshakes are under way, which is all that {nameof(TachyonServerOptions.MaxPendingHandshakes)} allows: raise it, or find the clients that keep making connections.";
                }

                if (canceled is not null)
                {
                    _pending.Remove(canceled);
                }
            }

            _pending.Add(handshake);
        }

        canceled?.Cancel();
        return null;
    }

    internal void Remove(PendingHandshake handshake)
    {
        lock (_lock)
        {
            _pending.Remove(handshake);
        }
    }

    private int CountOf(uint user) => _pending.Count(other => other.Peer.UserId == user);

    /// <summary>The client that has been silent for longest, of the user that has most handshakes under way.</summary>
    /// <param name="ofNewcomer">
    /// Handshakes of the user that gets the place: the difference must be at least two, or the two would take turns.
    /// </param>
    private PendingHandshake? FindOneToCancel(int ofNewcomer)
    {
        var most = _pending.GroupBy(static handshake => handshake.Peer.UserId)
            .MaxBy(static group => group.Count())!;
        return most.Count() < ofNewcomer + 2
            ? null
            : most.OrderBy(static handshake => handshake.WaitingSince)
                .FirstOrDefault(static handshake => handshake.IsSilentFor(handshake.IsOwnUser ? s_maxSilence : TimeSpan.Zero));
    }

    private void CancelSilent()
    {
        List<PendingHandshake> silent;
        lock (_lock)
        {
            silent = [.. _pending.Where(static handshake => handshake.IsSilentFor(s_maxSilence))];
        }

        silent.ForEach(static handshake => handshake.Cancel());
    }
}
