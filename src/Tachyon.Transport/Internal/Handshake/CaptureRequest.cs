namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// What <c>tachyon capture</c> sends in place of a hello. The server replies; after a reply without an error it sends the capture, in the
/// format pcapng, until one of the two closes the socket. docs/protocol.md, section 7.
/// </summary>
/// <param name="IsWholeProcess">All connections of the process, not only those of the socket.</param>
/// <param name="ClientProcessId">Only those of this client, as the server sees it; null for all.</param>
/// <param name="SnapLength">Bytes to keep of each packet.</param>
internal readonly record struct CaptureRequest(bool IsWholeProcess, int? ClientProcessId, int SnapLength)
{
    private const ulong WholeProcess = 1;

    internal static CaptureRequest From(HandshakeMessage message)
        => new(
            (message.Features & WholeProcess) != 0,
            message.RingSize1 is > 0 and <= int.MaxValue ? (int)message.RingSize1 : null,
            (int)Math.Min(message.RingSize0, int.MaxValue));

    internal HandshakeMessage ToMessage()
        => new(
            MessageKind.Capture,
            HandshakeMessage.Version,
            HandshakeMessage.Version,
            HandshakeStatus.Ok,
            IsWholeProcess ? WholeProcess : 0,
            0,
            (ulong)SnapLength,
            (ulong)(ClientProcessId ?? 0),
            0,
            0);
}
