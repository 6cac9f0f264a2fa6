using Microsoft.AspNetCore.Authentication;

namespace Tachyon.AspNetCore;

/// <summary>Options of the identities that <c>AddTachyonPeer</c> makes.</summary>
public sealed class TachyonPeerOptions : AuthenticationSchemeOptions
{
    /// <summary>
    /// Whether the user and the group "nobody" (65534, and the overflow ids of the kernel) have roles. Default false: users and groups that
    /// are not mapped into the server's user namespace read as these, so any user may be behind them.
    /// </summary>
    public bool GrantRolesToOverflowIds { get; set; }

    /// <summary>
    /// Called with each identity that was made, to add claims to it: roles from a mapping or a database. Once for a connection and again
    /// when its identity is a minute old and asked for; for calls that begin side by side possibly once for each.
    /// What it throws fails the call. Default null.
    /// </summary>
    public Func<TachyonPeerIdentityContext, ValueTask>? OnIdentityCreated { get; set; }

    /// <summary>Of these options, so that changed options make new identities.</summary>
    internal Internal.PeerIdentities Identities { get; } = new();
}
