namespace Tachyon.Transport.Tests.Support;

/// <summary>A fresh private directory with a short path: a Unix socket address has room for 107 bytes only.</summary>
internal sealed class TempDirectory : IDisposable
{
    private int _sockets;

    internal string Path { get; } = Directory.CreateTempSubdirectory("tt").FullName;

    internal string NewSocketPath() => System.IO.Path.Combine(Path, $"{Interlocked.Increment(ref _sockets)}.sock");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
