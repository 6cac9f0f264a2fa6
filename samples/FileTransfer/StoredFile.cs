using System.Security.Cryptography;
using Google.Protobuf;

namespace FileTransfer;

/// <summary>A file in memory: as the client read it, or as one side received it.</summary>
internal sealed record StoredFile(string Path, ReadOnlyMemory<byte> Content)
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>The messages that carry it: a header, then chunks.</summary>
    public IEnumerable<FilePart> ToParts()
    {
        yield return new FilePart { Header = new FileHeader { Path = Path, Length = Content.Length } };
        for (var offset = 0; offset < Content.Length; offset += ChunkSize)
        {
            // The content does not change while it is sent, so the message refers to it instead of a copy.
            var chunk = Content.Slice(offset, Math.Min(ChunkSize, Content.Length - offset));
            yield return new FilePart { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) };
        }
    }

    /// <summary>The hash of each file.</summary>
    public static TransferSummary Summarize(IEnumerable<StoredFile> files)
    {
        var digests = files.Select(file => new FileDigest
        {
            Path = file.Path,
            Length = file.Content.Length,
            Sha256 = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(file.Content.Span)),
        });
        return new TransferSummary { Files = { digests } };
    }

    /// <summary>The first difference between two summaries, or null.</summary>
    public static string? FirstDifference(TransferSummary sent, TransferSummary received)
    {
        var (first, second) = sent.Files.Zip(received.Files).FirstOrDefault(pair => !pair.First.Equals(pair.Second));
        return sent.Files.Count != received.Files.Count ? $"{sent.Files.Count} files sent, {received.Files.Count} received"
            : first is null ? null
            : $"{first} sent, {second} received";
    }
}
