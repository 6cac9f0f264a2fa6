namespace Tachyon.AspNetCore;

/// <summary>Whether the endpoints of a server grant shared memory.</summary>
public enum TachyonServerSharedMemory
{
    /// <summary>
    /// The default: wherever it is possible. Where the system has no shared memory, or <c>TACHYON_SHARED_MEMORY</c> turns it off, the
    /// endpoints serve the same paths as plain Unix sockets, and one line in the log says why.
    /// </summary>
    Prefer,

    /// <summary>The server does not start where shared memory is not possible; the error names the reason.</summary>
    Require,

    /// <summary>Never: the endpoints serve the same paths as plain Unix sockets. The switch of an operator.</summary>
    Off,
}
