using System.Runtime.CompilerServices;

namespace Tachyon.Proof.Tests;

/// <summary>Where the models and the sources that they quote lie.</summary>
internal static class Repository
{
    internal static string Proof { get; } = Path.Combine(Root(), "proof");

    internal static string Sources { get; } = Path.Combine(Root(), "src", "Tachyon.Transport", "Internal");

    private static string Root([CallerFilePath] string here = "")
    {
        // From the sources, or from the output folder where the build maps the paths of sources away.
        foreach (string start in new[] { Path.GetDirectoryName(here)!, AppContext.BaseDirectory })
        {
            for (string? directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
            {
                if (File.Exists(Path.Combine(directory, "proof", "variants.txt")))
                {
                    return directory;
                }
            }
        }

        throw new DirectoryNotFoundException("The folder proof of the repository was not found above the tests.");
    }
}
