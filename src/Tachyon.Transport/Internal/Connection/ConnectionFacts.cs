namespace Tachyon.Transport.Internal.Connection;

/// <summary>What a capture writes about a connection.</summary>
/// <param name="Path">Of the server's socket, or <c>@name</c>.</param>
/// <param name="PeerProcessId">The peer's process id, as this process sees it; 0 when it is not visible.</param>
/// <param name="PeerUserId">The peer's user.</param>
/// <param name="ApplicationFeatures">Of the protocol on top, as agreed in the handshake.</param>
internal sealed record ConnectionFacts(string Path, int PeerProcessId, uint PeerUserId, uint ApplicationFeatures);
