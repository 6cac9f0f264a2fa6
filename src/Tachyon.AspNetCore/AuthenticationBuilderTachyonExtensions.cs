using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tachyon.AspNetCore;
using Tachyon.AspNetCore.Internal;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds authentication by the kernel's credentials of the caller.</summary>
public static class AuthenticationBuilderTachyonExtensions
{
    /// <summary>Authenticates callers under the scheme <see cref="TachyonPeerDefaults.AuthenticationScheme"/>.</summary>
    /// <inheritdoc cref="AddTachyonPeer(AuthenticationBuilder, string, Action{TachyonPeerOptions})"/>
    public static AuthenticationBuilder AddTachyonPeer(this AuthenticationBuilder builder, Action<TachyonPeerOptions>? configure = null)
        => builder.AddTachyonPeer(TachyonPeerDefaults.AuthenticationScheme, configure);

    /// <summary>
    /// Authenticates callers on Tachyon endpoints by the credentials that the kernel reports for the connection (SO_PEERCRED, unix(7)).
    /// Their groups become roles (<c>NAME</c> and <c>gid:N</c>), as does the user (<c>user:NAME</c> and <c>uid:N</c>). Calls on other
    /// endpoints are left to other schemes. On other systems than 64-bit Linux no call gets an identity: what requires one refuses it.
    /// </summary>
    /// <param name="builder">The builder of the authentication.</param>
    /// <param name="authenticationScheme">The name of the scheme.</param>
    /// <param name="configure">Sets options.</param>
    public static AuthenticationBuilder AddTachyonPeer(
        this AuthenticationBuilder builder, string authenticationScheme, Action<TachyonPeerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<AccountNames>();
        return builder.AddScheme<TachyonPeerOptions, TachyonPeerHandler>(authenticationScheme, configure);
    }
}
