namespace Tachyon.Transport;

/// <summary>The peer ended the connection other than in order: it reset it, stopped reading, or its process died.</summary>
public sealed class TachyonConnectionResetException : IOException
{
    /// <inheritdoc/>
    public TachyonConnectionResetException()
        : this("The connection was reset by the peer.")
    {
    }

    /// <inheritdoc/>
    public TachyonConnectionResetException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TachyonConnectionResetException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal static TachyonConnectionResetException ByPeer(string peer, bool died)
        => new(died ? $"The connection was reset: the process of the {peer} ended." : $"The connection was reset by the {peer}.");

    internal static TachyonConnectionResetException Unread(string peer)
        => new($"The connection was reset: the {peer} does not read any more.");
}

/// <summary>
/// The peer wrote something into the shared memory that the protocol does not allow. The message names the rule. Only this connection ends.
/// </summary>
public sealed class TachyonProtocolException : IOException
{
    /// <inheritdoc/>
    public TachyonProtocolException()
        : this("The peer broke the ring protocol.")
    {
    }

    /// <inheritdoc/>
    public TachyonProtocolException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TachyonProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Why a connection could not be made.</summary>
public enum TachyonConnectError
{
    /// <summary>Something else; the message and the inner exception say what.</summary>
    Other,

    /// <summary>Nothing listens at the path.</summary>
    ServerNotFound,

    /// <summary>The file permissions of the socket, or of a directory on the way to it, keep this user out.</summary>
    PermissionDenied,

    /// <summary>The path does not fit into a Unix socket address.</summary>
    PathTooLong,

    /// <summary>Something listens at the path, but it does not speak this protocol.</summary>
    NotATachyonServer,

    /// <summary>The server speaks other versions of the protocol only.</summary>
    VersionMismatch,

    /// <summary>The server does not accept this user.</summary>
    UserNotAllowed,

    /// <summary>The server refused because of a limit of its own.</summary>
    ServerRefused,

    /// <summary>The server did not answer in time.</summary>
    HandshakeTimeout,

    /// <summary>The shared memory could not be made by the server or mapped by this process: limits, or a kernel that lacks
    /// something.</summary>
    NoSharedMemory,

    /// <summary>The server has another user than <see cref="TachyonClientOptions.ServerUser"/> demands, or no user has that name.</summary>
    ServerUserMismatch,

    /// <summary>Shared memory is turned off, at the server or in this process, such as by <c>TACHYON_SHARED_MEMORY=off</c>.</summary>
    SharedMemoryOff,
}

/// <summary>A connection to a Tachyon server could not be made. The message says what is wrong and where.</summary>
public sealed class TachyonConnectException : IOException
{
    /// <inheritdoc/>
    public TachyonConnectException()
        : this(TachyonConnectError.Other, "The connection could not be made.")
    {
    }

    /// <inheritdoc/>
    public TachyonConnectException(string message)
        : this(TachyonConnectError.Other, message)
    {
    }

    /// <inheritdoc/>
    public TachyonConnectException(string message, Exception innerException)
        : this(TachyonConnectError.Other, message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public TachyonConnectException(TachyonConnectError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>What went wrong.</summary>
    public TachyonConnectError Error { get; }
}
