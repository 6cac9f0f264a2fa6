using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>The descriptors that a server sends with its reply.</summary>
internal static class Descriptors
{
    /// <summary>
    /// Order on the wire: the memfd, what the client rings to wake the server, what the client sleeps on and the server rings, the client's
    /// end of the lifeline.
    /// </summary>
    internal const int Count = 4;

    /// <summary>Returns what is wrong with the descriptors that came with a reply; null when nothing is.</summary>
    internal static string? Validate(List<SafeFileHandle> descriptors, int capacity0, int capacity1, bool betweenUsers)
    {
        if (descriptors.Count != Count)
        {
            return $"{descriptors.Count} descriptors came instead of {Count}";
        }

        if (SharedRegion.Validate(descriptors[0], capacity0, capacity1) is { } reason)
        {
            return reason;
        }

        for (var i = 1; i <= 2; i++)
        {
            if (Doorbell.Validate(descriptors[i], betweenUsers) is { } kind)
            {
                return $"descriptor {i} is not {kind}";
            }
        }

        return Lifeline.IsPipe(descriptors[3]) ? null : "descriptor 3 is not a pipe";
    }
}
