namespace Tachyon.Transport;

/// <summary>Why a server did not take a client.</summary>
public enum TachyonHandshakeFailureReason
{
    /// <summary>This process could not do its part, such as for lack of descriptors or memory; the exception says what.</summary>
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

    /// <summary>
    /// A limit of the options was reached: connections, connections of the client's user, or handshakes that run side by side.
    /// </summary>
    LimitReached,

    /// <summary>The client speaks the handshake, but what it sent is not what the protocol allows.</summary>
    Malformed,

    /// <summary>The listener stopped during the handshake.</summary>
    Stopping,

    /// <summary>
    /// The client asked for shared memory, which the listener does not grant (<see cref="TachyonListener.SharedMemoryOff"/>).
    /// </summary>
    SharedMemoryOff,
}

/// <summary>A handshake that failed at the server. The listener goes on.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Message">A sentence for a log.</param>
/// <param name="Peer">Who tried; null when the kernel did not say.</param>
/// <param name="Exception">The cause, if there is one.</param>
public sealed record TachyonHandshakeFailure(TachyonHandshakeFailureReason Reason, string Message, TachyonPeer? Peer, Exception? Exception);
