namespace FileTransfer.Client;

/// <summary>Finds the files below a directory, without following links.</summary>
internal sealed class DirectoryScanner(Action<string> skipped)
{
    /// <param name="root">Where to start.</param>
    /// <param name="leaveOut">Names of directories that are not entered, at any depth.</param>
    public IEnumerable<FileInfo> Scan(string root, IReadOnlySet<string> leaveOut)
    {
        // A stack of directories instead of recursion: trees can be deeper than the stack of a thread.
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (pending.TryPop(out var directory))
        {
            foreach (var entry in EntriesOf(directory))
            {
                // What a link points to may be outside of the directory, or an endless way back into it.
                if (entry.LinkTarget is not null)
                {
                    continue;
                }

                if (entry is FileInfo file)
                {
                    yield return file;
                }
                else if (!leaveOut.Contains(entry.Name))
                {
                    pending.Push((DirectoryInfo)entry);
                }
            }
        }
    }

    private FileSystemInfo[] EntriesOf(DirectoryInfo directory)
    {
        try
        {
            var entries = directory.GetFileSystemInfos();
            Array.Sort(entries, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
            return entries;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            skipped($"{directory.FullName}: {exception.Message}");
            return [];
        }
    }
}
