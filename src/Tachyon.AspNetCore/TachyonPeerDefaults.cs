namespace Tachyon.AspNetCore;

/// <summary>Default values of <c>AddTachyonPeer</c>.</summary>
public static class TachyonPeerDefaults
{
    /// <summary>The name of the authentication scheme.</summary>
    public const string AuthenticationScheme = "TachyonPeer";
}
