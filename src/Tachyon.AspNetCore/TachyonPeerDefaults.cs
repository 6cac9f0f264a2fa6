namespace Tachyon.AspNetCore;

/// <summary>Names that <c>AddTachyonPeer</c> uses where none is given.</summary>
public static class TachyonPeerDefaults
{
    /// <summary>The name of the authentication scheme.</summary>
    public const string AuthenticationScheme = "TachyonPeer";
}
