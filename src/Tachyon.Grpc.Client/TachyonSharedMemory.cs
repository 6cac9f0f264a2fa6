namespace Tachyon.Grpc.Client;

/// <summary>What a gRPC channel or an HttpClient does when there is a server, but no shared memory.</summary>
public enum TachyonSharedMemory
{
    /// <summary>
    /// The default: continue over the Unix socket, in plain HTTP/2, and log one warning. This happens when the server does not speak the
    /// Tachyon handshake, when it speaks only other versions of it, and when either side cannot create or map the memory.
    /// </summary>
    Prefer,

    /// <summary>Calls fail with Unavailable, and the status names the cause.</summary>
    Require,
}
