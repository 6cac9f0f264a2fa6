using Microsoft.AspNetCore.Builder;

namespace FileTransfer.Client;

/// <summary>What is transferred when no directory is given: files that whoever runs this has, some 100 MB of them.</summary>
internal static class DefaultDirectories
{
    /// <summary>What a build and git leave in the checkout.</summary>
    public static readonly IReadOnlySet<string> LeftOut = new HashSet<string> { ".git", "bin", "obj" };

    public static IEnumerable<string> Find()
    {
        if (FindCheckout() is { } checkout)
        {
            yield return checkout;
        }

        // The two shared frameworks that this process runs on. Others may lie beside them, any number of them.
        yield return DirectoryOf(typeof(object));
        yield return DirectoryOf(typeof(WebApplication));
    }

    private static string? FindCheckout()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Directory.Packages.props")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName;
    }

    private static string DirectoryOf(Type type) => Path.GetDirectoryName(type.Assembly.Location)!;
}
