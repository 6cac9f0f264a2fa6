using System.IO.Enumeration;
using Microsoft.AspNetCore.Builder;
using Spectre.Console;

namespace FileTransfer;

/// <summary>The files to transfer. They are read into memory first, so that the disk is not measured.</summary>
internal sealed record SourceFiles(IReadOnlyList<string> Directories, IReadOnlyList<StoredFile> Files, long Bytes)
{
    // What a build and git leave in the checkout.
    private static readonly HashSet<string> s_leftOut = [".git", "bin", "obj"];

    public TransferSummary Summary { get; } = StoredFile.Summarize(Files);

    public static SourceFiles Load(string[] directories, long limit)
    {
        var roots = directories.Length > 0 ? directories : [.. DefaultDirectories()];
        var files = new List<StoredFile>();
        var (bytes, beyondLimit) = (0L, 0);
        foreach (var file in roots.Distinct().SelectMany(root => FindFiles(root, directories.Length > 0 ? [] : s_leftOut)))
        {
            try
            {
                if (file.Length > limit - bytes)
                {
                    beyondLimit++;
                    continue;
                }

                // An empty file is not opened: opening a named pipe, whose length is 0 too, waits for its writer.
                files.Add(new StoredFile(file.FullName, file.Length == 0 ? [] : File.ReadAllBytes(file.FullName)));
                bytes += files[^1].Content.Length;
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
            {
                AnsiConsole.MarkupLineInterpolated($"[yellow]Skipped[/] {file.FullName}: {exception.Message}");
            }
        }

        if (beyondLimit > 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]Skipped[/] {beyondLimit} files beyond the --limit of {limit / 1_000_000} MB");
        }

        return files.Count > 0
            ? new SourceFiles(roots, files, bytes)
            : throw new SampleException($"There is no file to transfer in {string.Join(", ", roots)}.");
    }

    /// <summary>Some 100 MB: this checkout, and the two shared frameworks of this process.</summary>
    private static IEnumerable<string> DefaultDirectories()
    {
        var checkout = new DirectoryInfo(AppContext.BaseDirectory);
        while (checkout is not null && !File.Exists(Path.Combine(checkout.FullName, "Directory.Packages.props")))
        {
            checkout = checkout.Parent;
        }

        var frameworks = new[] { typeof(object), typeof(WebApplication) }.Select(type => Path.GetDirectoryName(type.Assembly.Location));
        return frameworks.Prepend(checkout?.FullName).OfType<string>();
    }

    /// <summary>All files below a directory in a fixed order, without links: a target may be elsewhere, or a parent directory.</summary>
    private static IEnumerable<FileInfo> FindFiles(string root, HashSet<string> leftOut)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return new FileSystemEnumerable<FileInfo>(root, (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !leftOut.Contains(entry.FileName.ToString()),
        }.OrderBy(file => file.FullName, StringComparer.Ordinal);
    }
}
