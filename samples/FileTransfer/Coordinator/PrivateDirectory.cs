namespace FileTransfer.Coordinator;

/// <summary>A fresh directory for the socket files that only this user may enter. It goes with the run.</summary>
internal sealed class PrivateDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("file-transfer-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody tidied up before us.
        }
    }
}
