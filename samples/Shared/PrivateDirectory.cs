namespace Samples;

/// <summary>A new directory for socket files that only this user may enter. It is deleted at the end.</summary>
internal sealed class PrivateDirectory(string prefix) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another program deleted it.
        }
    }
}
