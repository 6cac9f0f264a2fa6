namespace Tachyon.Testing;

/// <summary>A fresh private directory with a short path: a Unix socket address has room for 107 bytes only (unix(7)).</summary>
public sealed class TempDirectory : IDisposable
{
    private const int LongestBase = 60;
    private int _sockets;

    public string Path { get; } = System.IO.Path.GetTempPath().Length <= LongestBase
        ? Directory.CreateTempSubdirectory("tt").FullName
        : Directory.CreateDirectory($"/tmp/tt{Guid.NewGuid():N}", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    /// <summary>Lets users other than this one reach what lies in the directory.</summary>
    public TempDirectory OpenToAll()
    {
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
        return this;
    }

    public string NewSocketPath() => System.IO.Path.Combine(Path, $"{Interlocked.Increment(ref _sockets)}.sock");

    public string FilePath(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
