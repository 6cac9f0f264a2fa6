namespace Company.TachyonApp.Contract;

/// <summary>Where the service listens and the client connects, unless the configuration names another path.</summary>
public static class DefaultSocket
{
    // A directory of this user alone, where the session has one.
    private static readonly string Folder = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? Path.GetTempPath();

    public static string FullPath { get; } = Path.Combine(Folder, "Company.TachyonApp.sock");
}
