using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// Counts the replies that clients of other users have not read yet. The descriptors of such a reply are in flight: the kernel counts them
/// against the user of this process, and lets it send none beyond its limit of open files (ETOOMANYREFS, unix(7)).
/// </summary>
/// <remarks>Thread-safe. One count for the process, as the kernel's limit is not a listener's.</remarks>
internal static class DescriptorsInFlight
{
    private static readonly UserCounts s_counts = new();

    /// <summary>
    /// Counts a reply that is about to be sent. Other users together may have half of what the kernel allows in flight, each a quarter of
    /// that.
    /// </summary>
    /// <param name="user">The client's user, which is not the server's own.</param>
    /// <param name="refusal">Why the reply must not be sent.</param>
    /// <returns>To be disposed when the client has taken the descriptors or dropped them; null when there are too many.</returns>
    internal static IDisposable? TryAdd(uint user, out string? refusal)
    {
        var most = MaxReplies();
        return s_counts.TryClaim(
            user,
            (all, ofUser) => ofUser >= Math.Max(1, most / 4)
                ? $"User {user} has {ofUser} replies of handshakes unread, which keep {ofUser * Descriptors.Count} descriptors in flight: find the client that does not read them, or raise the limit of open files (RLIMIT_NOFILE)."
                : all >= most
                    ? $"Other users have {all} replies of handshakes unread, which keep {all * Descriptors.Count} descriptors in flight: find the clients that do not read them, or raise the limit of open files (RLIMIT_NOFILE)."
                    : null,
            out refusal);
    }

    private static unsafe int MaxReplies()
    {
        ResourceLimit limit;
        var descriptors = Libc.GetResourceLimit(Libc.LimitOfOpenFiles, &limit) == 0 ? limit.Current : 1024;
        return (int)Math.Clamp(descriptors / 2 / Descriptors.Count, 1, int.MaxValue);
    }
}
