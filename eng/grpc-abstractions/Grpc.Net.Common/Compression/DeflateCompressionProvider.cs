using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>
/// Compresses with what HTTP, and with it gRPC, calls deflate: the deflate format within that of zlib.
/// </summary>
public sealed class DeflateCompressionProvider : ICompressionProvider
{
    private readonly CompressionLevel _defaultCompressionLevel;

    /// <summary>Creates a provider with the level for calls that ask for none.</summary>
    public DeflateCompressionProvider(CompressionLevel defaultCompressionLevel) =>
        _defaultCompressionLevel = defaultCompressionLevel;

    /// <inheritdoc />
    public string EncodingName => "deflate";

    /// <inheritdoc />
    /// <remarks>Disposing the stream leaves the inner one open.</remarks>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new ZLibStream(stream, compressionLevel ?? _defaultCompressionLevel, leaveOpen: true);

    /// <inheritdoc />
    /// <remarks>Disposing the stream leaves the inner one open.</remarks>
    public Stream CreateDecompressionStream(Stream stream) =>
        new ZLibStream(stream, CompressionMode.Decompress, leaveOpen: true);
}
