namespace Tachyon.Transport;

/// <summary>Why a server did not take a client.</summary>
public enum HandshakeFailureReason
{
    /// <summary>Something else; the exception says what.</summary>
    Error,

    /// <summary>The first bytes were not a Tachyon hello.</summary>
    NotATachyonClient,

    /// <summary>Client and server have no protocol version, or no required feature, in common.</summary>
    VersionMismatch,

    /// <summary>The options do not allow the client's user.</summary>
    UserNotAllowed,

    /// <summary>The client was silent or slow for longer than the handshake may take.</summary>
    Timeout,

    /// <summary>The client closed the socket before the handshake was over.</summary>
    ClientGone,

    /// <summary>The client did not accept what the server sent.</summary>
    RefusedByClient,
}

/// <summary>A handshake that failed at the server. The listener goes on.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Message">A sentence for a log.</param>
/// <param name="Peer">Who tried; null when the kernel did not say.</param>
/// <param name="Exception">The cause, if there is one.</param>
public sealed record TachyonHandshakeFailure(HandshakeFailureReason Reason, string Message, TachyonPeer? Peer, Exception? Exception);
