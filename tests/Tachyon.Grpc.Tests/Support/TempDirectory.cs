namespace Tachyon.Grpc.Tests.Support;

/// <summary>A private directory for the sockets of one test.</summary>
internal sealed class TempDirectory : IDisposable
{
    // The path of a Unix socket has at most 107 characters, which a long temporary directory alone can use up.
    private const int LongestBase = 60;

    public TempDirectory()
    {
        FullPath = Path.GetTempPath().Length <= LongestBase
            ? Directory.CreateTempSubdirectory("tachyon-").FullName
            : Directory.CreateDirectory($"/tmp/tachyon-{Guid.NewGuid():N}", PrivateMode).FullName;
    }

    public string FullPath { get; }

    private static UnixFileMode PrivateMode => UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string File(string name) => Path.Combine(FullPath, name);

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
