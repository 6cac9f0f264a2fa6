using FileTransfer.Protocol;

namespace FileTransfer.Shared;

/// <summary>
/// Puts files together again from the messages that carried them. They stay in memory: writing them out would measure the disk.
/// </summary>
/// <remarks>One block for all files, used for every round, so that a round neither allocates it nor touches its pages first.</remarks>
internal sealed class ReceivedFiles
{
    private readonly List<StoredFile> _files = [];
    private byte[] _content = [];
    private int _used;
    private FileHeader? _header;
    private int _start;

    public IReadOnlyList<StoredFile> Files => _files;

    public long Bytes => _used;

    /// <summary>Forgets the last transfer. Its bytes are wiped: they could pass for bytes that got lost in the next one.</summary>
    public void Reset(long bytes)
    {
        if (_content.Length >= bytes)
        {
            Array.Clear(_content);
        }
        else
        {
            _content = new byte[bytes];
        }

        _files.Clear();
        _header = null;
        _used = 0;
    }

    public void Add(FilePart part)
    {
        if (part.PartCase == FilePart.PartOneofCase.Header)
        {
            Finish();
            _header = part.Header;
            _start = _used;
            return;
        }

        var chunk = part.Chunk.Span;
        if (_header is null || _used - _start + chunk.Length > _header.Length)
        {
            throw new InvalidDataException($"More content than announced for {_header?.Path ?? "no file"}.");
        }

        if (chunk.Length > _content.Length - _used)
        {
            throw new InvalidDataException("More content than room was made for.");
        }

        chunk.CopyTo(_content.AsSpan(_used));
        _used += chunk.Length;
    }

    /// <summary>Ends the last file.</summary>
    public void Finish()
    {
        if (_header is null)
        {
            return;
        }

        if (_used - _start != _header.Length)
        {
            throw new InvalidDataException($"{_header.Path} ended after {_used - _start} of {_header.Length} bytes.");
        }

        _files.Add(new StoredFile(_header.Path, _content.AsMemory(_start, _used - _start)));
        _header = null;
    }
}
