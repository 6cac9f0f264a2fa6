namespace Tachyon.Frames;

/// <summary>The bits by which client and server agree on direct mode in the handshake of the transport.</summary>
internal static class DirectFeature
{
    /// <summary>Frames as in docs/protocol-direct.md. A version that an older peer would misread gets another bit.</summary>
    internal const uint Frames1 = 1;
}
