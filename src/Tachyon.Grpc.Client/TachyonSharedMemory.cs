namespace Tachyon.Grpc.Client;

/// <summary>Whether a gRPC channel or an HttpClient uses shared memory, and what it does when there is a server, but none.</summary>
public enum TachyonSharedMemory
{
    /// <summary>
    /// The default: continue over the Unix socket, in plain HTTP/2, and log one warning. This happens when the server does not speak the
    /// Tachyon handshake, when it speaks only other versions of it, when either side cannot create or map the memory, and when it is turned
    /// off or not possible at either side, such as on macOS and Windows.
    /// </summary>
    Prefer,

    /// <summary>Calls fail with Unavailable, and the status names the cause.</summary>
    Require,

    /// <summary>
    /// Never asked for: a plain Unix socket, without a handshake, and one line in the log. The switch of an operator; in the environment of
    /// the process it is <c>TACHYON_SHARED_MEMORY=off</c>.
    /// </summary>
    Off,
}
