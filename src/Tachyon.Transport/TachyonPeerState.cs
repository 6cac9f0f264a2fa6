namespace Tachyon.Transport;

/// <summary>How the peer's sending direction stands.</summary>
public enum TachyonPeerState
{
    /// <summary>It has not ended, or this side ended the connection first.</summary>
    Open,

    /// <summary>The peer has sent everything (FIN).</summary>
    Finished,

    /// <summary>The peer gave up (RST).</summary>
    Reset,

    /// <summary>The process of the peer ended without closing the connection.</summary>
    Died,
}
