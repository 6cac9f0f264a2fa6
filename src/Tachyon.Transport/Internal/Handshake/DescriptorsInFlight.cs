using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// Counts the replies that clients of other users have not read yet. The descriptors of such a reply are in flight: the kernel counts them
/// against the user of this process, and lets it send none beyond its limit of open files (ETOOMANYREFS, unix(7)).
/// </summary>
/// <remarks>Thread-safe. One count for the process, as the kernel's limit is not a listener's.</remarks>
internal static class DescriptorsInFlight
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<uint, int> s_ofUsers = [];
    private static int s_all;

    /// <summary>
    /// Counts a reply that is about to be sent. Other users together may have half of what the kernel allows in flight, each a quarter of
    /// that.
    /// </summary>
    /// <param name="user">The client's user, which is not the server's own.</param>
    /// <param name="refusal">Why the reply must not be sent.</param>
    /// <returns>To be disposed when the client has taken the descriptors or dropped them; null when there are too many.</returns>
    internal static IDisposable? TryAdd(uint user, out string? refusal)
    {
        int most = MaxReplies();
        lock (s_lock)
        {
            int ofUser = s_ofUsers.GetValueOrDefault(user);
            refusal = ofUser >= Math.Max(1, most / 4)
                ? $"User {user} has {ofUser} replies of handshakes unread, which keep {ofUser * Descriptors.Count} descriptors in flight: find the client that does not read them, or raise the limit of open files (RLIMIT_NOFILE)."
                : s_all >= most
                    ? $"Other users have {s_all} replies of handshakes unread, which keep {s_all * Descriptors.Count} descriptors in flight: find the clients that do not read them, or raise the limit of open files (RLIMIT_NOFILE)."
                    : null;
            if (refusal is not null)
            {
                return null;
            }

            s_all++;
            s_ofUsers[user] = ofUser + 1;
            return new Reply(user);
        }
    }

    private static unsafe int MaxReplies()
    {
        ResourceLimit limit;
        ulong descriptors = Libc.GetResourceLimit(Libc.LimitOfOpenFiles, &limit) == 0 ? limit.Current : 1024;
        return (int)Math.Clamp(descriptors / 2 / Descriptors.Count, 1, int.MaxValue);
    }

    private static void Remove(uint user)
    {
        lock (s_lock)
        {
            s_all--;
            if (--s_ofUsers[user] == 0)
            {
                s_ofUsers.Remove(user);
            }
        }
    }

    private sealed class Reply(uint user) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Remove(user);
            }
        }
    }
}
