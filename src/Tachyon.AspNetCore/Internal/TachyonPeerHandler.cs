using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Tachyon.AspNetCore.Internal;

/// <summary>Authenticates a call by the kernel's credentials of the connection's client.</summary>
/// <remarks>
/// Uses nothing from the request. A challenge is the framework's 401 (gRPC: Unauthenticated), a refusal its 403 (PermissionDenied).
/// </remarks>
internal sealed class TachyonPeerHandler(
    IOptionsMonitor<TachyonPeerOptions> options, ILoggerFactory loggerFactory, UrlEncoder encoder, AccountNames names)
    : AuthenticationHandler<TachyonPeerOptions>(options, loggerFactory, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.Features.Get<ITachyonPeerFeature>() is not { } connection)
        {
            return AuthenticateResult.NoResult();
        }

        var identities = Options.Identities;
        if (identities.Find(connection, TimeProvider) is not { } identity)
        {
            identity = await PeerClaims
                .CreateAsync(connection, names, Options.GrantRolesToOverflowIds, Scheme.Name, ClaimsIssuer, Context.RequestAborted)
                .ConfigureAwait(false);
            if (Options.OnIdentityCreated is { } created)
            {
                await created(new TachyonPeerIdentityContext(connection, identity, Context.RequestServices)).ConfigureAwait(false);
            }

            identities.Keep(connection, identity, TimeProvider);
        }

        // A copy: claims transformations change the identity that they get, and such a change is for one call only.
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity.Clone()), Scheme.Name));
    }
}
