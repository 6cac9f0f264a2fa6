namespace Tachyon.Transport;

/// <summary>
/// Bits whose meaning the protocol on top of a connection defines, such as another framing. The transport only finds out which of them both
/// sides have, in the same handshake.
/// </summary>
/// <param name="Offered">What the client can do.</param>
/// <param name="Required">
/// What the server must do: one that lacks it, or is older, is a <see cref="TachyonConnectError.VersionMismatch"/>.
/// </param>
public readonly record struct TachyonApplicationFeatures(uint Offered, uint Required = 0);
