namespace Tachyon.Interop.Tests.Support;

/// <summary>The packages of js/package-lock.json beside the scripts in the output folder; npm checks their hashes.</summary>
internal static class NodePackages
{
    private static readonly Lazy<Task<string>> s_installed = new(InstallAsync);

    /// <summary>The directory of the scripts.</summary>
    public static Task<string> InstalledAsync() => s_installed.Value;

    private static async Task<string> InstallAsync()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "js");
        var wanted = await File.ReadAllTextAsync(Path.Combine(directory, "package-lock.json"));

        // Written when npm was done: what an interrupted run left is installed again.
        var done = Path.Combine(directory, "installed-package-lock.json");
        if (!File.Exists(done) || await File.ReadAllTextAsync(done) != wanted)
        {
            File.Delete(done);
            await ForeignProgram.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory);
            await File.WriteAllTextAsync(done, wanted);
        }

        return directory;
    }
}
