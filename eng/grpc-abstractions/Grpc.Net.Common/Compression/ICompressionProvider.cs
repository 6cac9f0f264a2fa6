using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>A way to compress messages.</summary>
public interface ICompressionProvider
{
    /// <summary>The name of the encoding in the <c>grpc-encoding</c> header.</summary>
    string EncodingName { get; }

    /// <summary>Creates a stream that compresses what is written to it into <paramref name="stream" />.</summary>
    Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel);

    /// <summary>Creates a stream that reads what <paramref name="stream" /> holds compressed.</summary>
    Stream CreateDecompressionStream(Stream stream);
}
