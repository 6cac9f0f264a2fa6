using System.Runtime.CompilerServices;
using System.Security.Claims;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The identities of open connections, so that a call looks up no names. Each is dropped with its connection.</summary>
/// <remarks>Thread-safe. The identities are shared: callers neither change them nor pass them on.</remarks>
internal sealed class PeerIdentities
{
    // As long as names are kept: otherwise a connection that lives for months would keep its first ones, or the lack of them.
    private static readonly TimeSpan s_lifetime = AccountNames.Lifetime;

    private readonly ConditionalWeakTable<ITachyonPeerFeature, Kept> _identities = [];

    internal ClaimsIdentity? Find(ITachyonPeerFeature connection, TimeProvider time)
        => _identities.TryGetValue(connection, out var kept) && time.GetElapsedTime(kept.Since) < s_lifetime ? kept.Identity : null;

    internal void Keep(ITachyonPeerFeature connection, ClaimsIdentity identity, TimeProvider time)
        => _identities.AddOrUpdate(connection, new Kept(identity, time.GetTimestamp()));

    private sealed record Kept(ClaimsIdentity Identity, long Since);
}
