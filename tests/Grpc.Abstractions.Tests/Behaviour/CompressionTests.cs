using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class CompressionTests
{
    public static TheoryData<string, byte> Encodings => new()
    {
        // The first byte of gzip's magic number, and of a zlib stream with the usual window of 32 KiB.
        { "gzip", 0x1f },
        { "deflate", 0x78 },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void What_is_compressed_decompresses(string encoding, byte firstByte)
    {
        var provider = Create(encoding);
        var data = Enumerable.Range(0, 10_000).Select(i => (byte)(i / 100)).ToArray();

        Assert.Equal(encoding, provider.EncodingName);
        foreach (var level in new CompressionLevel?[] { null, CompressionLevel.NoCompression, CompressionLevel.SmallestSize })
        {
            using var compressed = new MemoryStream();
            using (var stream = provider.CreateCompressionStream(compressed, level))
            {
                stream.Write(data);
            }

            // Both streams leave the inner one open.
            compressed.Position = 0;
            Assert.Equal(firstByte, compressed.ReadByte());
            compressed.Position = 0;
            using var decompressed = new MemoryStream();
            using (var stream = provider.CreateDecompressionStream(compressed))
            {
                stream.CopyTo(decompressed);
            }

            Assert.Equal(data, decompressed.ToArray());
            Assert.True(compressed.CanRead);
            Assert.Equal(level == CompressionLevel.NoCompression, compressed.Length > data.Length);
        }
    }

    private static ICompressionProvider Create(string encoding) => encoding == "gzip"
        ? new GzipCompressionProvider(CompressionLevel.Fastest)
        : new DeflateCompressionProvider(CompressionLevel.Fastest);
}
