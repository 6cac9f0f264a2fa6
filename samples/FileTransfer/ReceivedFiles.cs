using Grpc.Core;

namespace FileTransfer;

/// <summary>Assembles files from the messages that carry them, in memory: writing them would measure the disk.</summary>
/// <remarks>One block for all files and all rounds, so that a round neither allocates it nor touches its pages first.</remarks>
internal sealed class ReceivedFiles
{
    private readonly List<StoredFile> _files = [];
    private byte[] _content = [];
    private int _used;

    public IReadOnlyList<StoredFile> Files => _files;

    /// <summary>Removes the last transfer. Its bytes are cleared, so that they cannot stand in for lost bytes of the next one.</summary>
    public void Reset(long bytes)
    {
        Array.Clear(_content);
        _content = _content.Length >= bytes ? _content : new byte[bytes];
        _files.Clear();
        _used = 0;
    }

    /// <summary>Receives all files of a stream: for each a header, then its chunks.</summary>
    public async Task AddAsync(IAsyncStreamReader<FilePart> parts, CancellationToken cancellationToken)
    {
        await foreach (var part in parts.ReadAllAsync(cancellationToken))
        {
            if (part.PartCase == FilePart.PartOneofCase.Header)
            {
                // Its content arrives in the next messages. A wrong length shows in the hash.
                _files.Add(new StoredFile(part.Header.Path, _content.AsMemory(_used, (int)part.Header.Length)));
            }
            else
            {
                part.Chunk.Span.CopyTo(_content.AsSpan(_used));
                _used += part.Chunk.Length;
            }
        }
    }
}
