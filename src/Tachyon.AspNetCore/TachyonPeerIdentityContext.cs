using System.Security.Claims;

namespace Tachyon.AspNetCore;

/// <summary>A new identity; see <see cref="TachyonPeerOptions.OnIdentityCreated"/>.</summary>
public sealed class TachyonPeerIdentityContext
{
    internal TachyonPeerIdentityContext(ITachyonPeerFeature connection, ClaimsIdentity identity, IServiceProvider services)
    {
        Connection = connection;
        Identity = identity;
        Services = services;
    }

    /// <summary>The kernel's credentials of the caller.</summary>
    public ITachyonPeerFeature Connection { get; }

    /// <summary>The identity; each call on the connection gets a copy of it. Add claims before the callback ends, not later.</summary>
    public ClaimsIdentity Identity { get; }

    /// <summary>The services of the call that made the identity necessary; later calls on the connection use the same identity.</summary>
    public IServiceProvider Services { get; }
}
