using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Internal.Capture;

/// <summary>Which connections of the process are captured.</summary>
/// <param name="Path">Those of the server at this path; null for all, also those that this process made as a client.</param>
/// <param name="ClientProcessId">Those of this client process, as this process sees it; null for all.</param>
internal readonly record struct CaptureScope(string? Path, int? ClientProcessId)
{
    internal bool Includes(ConnectionCore connection)
        => connection.Facts is { } facts
        && (Path is null || (connection.IsServer && facts.Path == Path))
        && (ClientProcessId is not { } id || (connection.IsServer && facts.PeerProcessId == id));
}
