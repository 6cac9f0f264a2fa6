using System.Globalization;
using System.Security.Claims;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>Makes claims from the kernel's credentials of a caller. docs/identity.md lists them.</summary>
internal static class PeerClaims
{
    internal static async ValueTask<ClaimsIdentity> CreateAsync(
        ITachyonPeerFeature connection,
        AccountNames names,
        bool grantRolesToOverflowIds,
        string scheme,
        string issuer,
        CancellationToken cancellationToken)
    {
        var peer = connection.Peer;
        var identity = new ClaimsIdentity(scheme, ClaimTypes.Name, ClaimTypes.Role);
        var uid = Number(peer.UserId);
        var user = await names.OfUserAsync(peer.UserId, cancellationToken).ConfigureAwait(false);
        Add(ClaimTypes.NameIdentifier, uid);
        if (user is not null)
        {
            Add(ClaimTypes.Name, user);
        }

        Add(TachyonPeerClaimTypes.UserId, uid, ClaimValueTypes.UInteger32);
        Add(TachyonPeerClaimTypes.GroupId, Number(peer.GroupId), ClaimValueTypes.UInteger32);
        foreach (var group in connection.PeerGroupIds)
        {
            Add(TachyonPeerClaimTypes.SupplementaryGroupId, Number(group), ClaimValueTypes.UInteger32);
        }

        if (peer.ProcessId != 0)
        {
            Add(TachyonPeerClaimTypes.ProcessId, peer.ProcessId.ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer32);
        }

        // Behind an overflow id may be any user, and the groups that come with it may be those of any user.
        if (!grantRolesToOverflowIds && OverflowIds.IsUser(peer.UserId))
        {
            return identity;
        }

        // Names of users and groups have no colon (AccountNames), so none of these roles can be mistaken for another one.
        Add(ClaimTypes.Role, $"uid:{uid}");
        if (user is not null)
        {
            Add(ClaimTypes.Role, $"user:{user}");
        }

        foreach (var group in connection.PeerGroupIds.Prepend(peer.GroupId).Distinct())
        {
            if (!grantRolesToOverflowIds && OverflowIds.IsGroup(group))
            {
                continue;
            }

            Add(ClaimTypes.Role, $"gid:{Number(group)}");
            if (await names.OfGroupAsync(group, cancellationToken).ConfigureAwait(false) is { } name)
            {
                Add(ClaimTypes.Role, name);
            }
        }

        return identity;

        void Add(string type, string value, string valueType = ClaimValueTypes.String)
            => identity.AddClaim(new Claim(type, value, valueType, issuer));
    }

    private static string Number(uint id) => id.ToString(CultureInfo.InvariantCulture);
}
