namespace Tachyon.Transport.Internal.Handshake;

/// <summary>Counts what is in use, in all and by user, each place until its claim is disposed.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class UserCounts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, int> _ofUsers = [];
    private int _all;

    /// <summary>Claims a place, unless it is refused.</summary>
    /// <param name="user">The user it is for.</param>
    /// <param name="check">From the number of all places and of the user's: the reason why there is no further place, or null.</param>
    /// <param name="refusal">What <paramref name="check"/> returned.</param>
    /// <returns>The claim; null if it was refused.</returns>
    internal IDisposable? TryClaim(uint user, Func<int, int, string?> check, out string? refusal)
    {
        lock (_lock)
        {
            var ofUser = _ofUsers.GetValueOrDefault(user);
            refusal = check(_all, ofUser);
            if (refusal is not null)
            {
                return null;
            }

            _all++;
            _ofUsers[user] = ofUser + 1;
            return new Claim(this, user);
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

    private sealed class Claim(UserCounts counts, uint user) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                counts.Release(user);
            }
        }
    }
}
