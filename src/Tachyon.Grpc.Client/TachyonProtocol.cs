namespace Tachyon.Grpc.Client;

/// <summary>What a channel speaks over shared memory.</summary>
public enum TachyonProtocol
{
    /// <summary>The default: HTTP/2, as over every other transport.</summary>
    Http2,

    /// <summary>
    /// Direct mode, requests in frames of their own, where the server allows it; otherwise HTTP/2 over the same connection.
    /// </summary>
    PreferDirect,

    /// <summary>Direct mode. Calls to a server that does not allow it fail with Unavailable, and the status names the cause.</summary>
    RequireDirect,
}
