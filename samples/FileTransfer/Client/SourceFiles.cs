using FileTransfer.Protocol;
using FileTransfer.Shared;

namespace FileTransfer.Client;

/// <summary>The files to transfer, as they were read from the disk.</summary>
internal sealed class SourceFiles(IReadOnlyList<StoredFile> files, long bytes)
{
    public IReadOnlyList<StoredFile> Files => files;

    public long Bytes => bytes;

    public TransferSummary Summary { get; } = FileDigests.Of(files);
}
