using FileTransfer.Shared;

namespace FileTransfer.Client;

/// <summary>Reads the files into memory, so that the disk is not what is measured.</summary>
internal sealed class FileLoader(long limit, Action<string> skipped)
{
    private readonly List<StoredFile> _files = [];
    private readonly HashSet<string> _prefixes = [];
    private int _beyondLimit;

    public IReadOnlyList<StoredFile> Files => _files;

    public long Bytes { get; private set; }

    public void Load(string root, IReadOnlySet<string> leaveOut)
    {
        var prefix = UniquePrefix(root);
        foreach (var file in new DirectoryScanner(skipped).Scan(root, leaveOut))
        {
            Add(file, $"{prefix}/{Path.GetRelativePath(root, file.FullName)}");
        }
    }

    /// <summary>Says what did not fit, once and not for each file.</summary>
    public void Finish()
    {
        if (_beyondLimit > 0)
        {
            skipped($"{_beyondLimit} files beyond the limit of {limit / 1_000_000} MB (see --limit)");
        }
    }

    private void Add(FileInfo file, string path)
    {
        try
        {
            if (file.Length > limit - Bytes)
            {
                _beyondLimit++;
                return;
            }

            var content = Read(file);
            _files.Add(new StoredFile(path, content));
            Bytes += content.Length;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            skipped($"{file.FullName}: {exception.Message}");
        }
    }

    private static ReadOnlyMemory<byte> Read(FileInfo file)
    {
        // Not opened when there is nothing to read: opening a named pipe, which looks the same, waits for its writer.
        if (file.Length == 0)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        var content = new byte[file.Length];
        using var handle = File.OpenHandle(file.FullName);
        var length = 0;
        while (length < content.Length && RandomAccess.Read(handle, content.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
        }

        // Shorter when somebody cut the file in the meantime.
        return content.AsMemory(0, length);
    }

    // Two directories of the same name are kept apart in the store.
    private string UniquePrefix(string root)
    {
        var name = Path.GetFileName(root);
        var prefix = name;
        for (var number = 2; !_prefixes.Add(prefix); number++)
        {
            prefix = $"{name}-{number}";
        }

        return prefix;
    }
}
