namespace Tachyon.Transport.Internal.Connection;

/// <summary>How the receiving half ends, after the bytes that are still in the ring.</summary>
internal enum ReceiveState
{
    /// <summary>It has not ended.</summary>
    Open,

    /// <summary>The peer sent everything (FIN).</summary>
    Finished,

    /// <summary>The peer aborted (RST).</summary>
    Reset,

    /// <summary>The process of the peer ended without FIN or RST.</summary>
    Died,
}
