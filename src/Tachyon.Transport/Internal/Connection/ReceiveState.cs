namespace Tachyon.Transport.Internal.Connection;

/// <summary>How the receiving half ends, behind the bytes that are still in the ring.</summary>
internal enum ReceiveState
{
    /// <summary>It has not ended.</summary>
    Open,

    /// <summary>The peer sent all (FIN).</summary>
    Finished,

    /// <summary>The peer gave up (RST).</summary>
    Reset,

    /// <summary>The peer's process ended without a word.</summary>
    Died,
}
