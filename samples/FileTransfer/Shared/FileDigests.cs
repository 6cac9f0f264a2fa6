using System.Security.Cryptography;
using FileTransfer.Protocol;
using Google.Protobuf;

namespace FileTransfer.Shared;

/// <summary>The hash of each file, and the comparison of two sides' hashes.</summary>
internal static class FileDigests
{
    public static TransferSummary Of(IEnumerable<StoredFile> files)
    {
        var summary = new TransferSummary();
        foreach (var file in files)
        {
            summary.Files.Add(new FileDigest
            {
                Path = file.Path,
                Length = file.Content.Length,
                Sha256 = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(file.Content.Span)),
            });
        }

        return summary;
    }

    /// <summary>Says what differs first, or null when nothing does.</summary>
    public static string? FirstDifference(TransferSummary mine, TransferSummary theirs)
    {
        if (mine.Files.Count != theirs.Files.Count)
        {
            return $"{mine.Files.Count} files on this side, {theirs.Files.Count} on the other";
        }

        var pair = mine.Files.Zip(theirs.Files).FirstOrDefault(pair => !pair.First.Equals(pair.Second));
        return pair.First is null ? null : $"{Describe(pair.First)} on this side, {Describe(pair.Second)} on the other";
    }

    private static string Describe(FileDigest digest) =>
        $"{digest.Path} ({digest.Length} bytes, SHA-256 {Convert.ToHexStringLower(digest.Sha256.Span)})";
}
