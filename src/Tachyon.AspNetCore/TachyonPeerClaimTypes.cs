using System.Security.Claims;

namespace Tachyon.AspNetCore;

/// <summary>
/// Types of the claims that <c>AddTachyonPeer</c> makes from the kernel's credentials of a caller, beside
/// <see cref="ClaimTypes.NameIdentifier"/> (the uid as text), <see cref="ClaimTypes.Name"/> (the user's name, if there is one) and
/// <see cref="ClaimTypes.Role"/>.
/// </summary>
public static class TachyonPeerClaimTypes
{
    /// <summary>The caller's effective user id when it connected.</summary>
    public const string UserId = "tachyon:uid";

    /// <summary>The caller's effective group id when it connected.</summary>
    public const string GroupId = "tachyon:gid";

    /// <summary>A supplementary group of the caller when it connected, by its id. One claim for each.</summary>
    public const string SupplementaryGroupId = "tachyon:supplementary-gid";

    /// <summary>
    /// The process that connected; absent when it is not visible in the server's PID namespace. For logs only: processes end, and their ids
    /// are reused.
    /// </summary>
    public const string ProcessId = "tachyon:pid";
}
