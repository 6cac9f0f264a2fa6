using FileTransfer.Protocol;
using Google.Protobuf;

namespace FileTransfer.Shared;

/// <summary>Cuts files into the messages that carry them.</summary>
internal static class FileParts
{
    private const int ChunkSize = 64 * 1024;

    public static IEnumerable<FilePart> Of(IEnumerable<StoredFile> files)
    {
        foreach (var file in files)
        {
            yield return new FilePart { Header = new FileHeader { Path = file.Path, Length = file.Content.Length } };
            for (var offset = 0; offset < file.Content.Length; offset += ChunkSize)
            {
                var size = Math.Min(ChunkSize, file.Content.Length - offset);

                // The content does not change while it is sent, so the message may refer to it instead of taking a copy.
                yield return new FilePart { Chunk = UnsafeByteOperations.UnsafeWrap(file.Content.Slice(offset, size)) };
            }
        }
    }
}
