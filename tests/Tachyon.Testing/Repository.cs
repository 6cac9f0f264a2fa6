namespace Tachyon.Testing;

/// <summary>The checkout that the tests were built in: some of them read its documents, profiles and sources.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string FilePath(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Tachyon.Grpc.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No checkout around {AppContext.BaseDirectory}.");
    }
}
