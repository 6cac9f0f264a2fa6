using System.Text.RegularExpressions;

namespace Tachyon.RepositoryTests.Packing;

/// <summary>The files that docs/getting-started.md shows, each after a line that ends with its name in backticks and a colon.</summary>
internal static partial class GettingStarted
{
    /// <param name="directory">Where to.</param>
    /// <param name="socketPath">In place of the path that the page uses.</param>
    /// <param name="versions">Of the packages that the page names without an exact version.</param>
    internal static void Write(string directory, string socketPath, IReadOnlyDictionary<string, string> versions)
    {
        var page = File.ReadAllText(Repository.FilePath("docs", "getting-started.md"));
        var names = new List<string>();
        foreach (Match file in FileBlock().Matches(page))
        {
            var name = file.Groups["name"].Value;
            var text = file.Groups["text"].Value.Replace("\"greeter.sock\"", $"\"{socketPath}\"", StringComparison.Ordinal);
            var path = Path.Combine(directory, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name.EndsWith(".csproj", StringComparison.Ordinal) ? WithVersions(text, versions) : text);
            names.Add(name);
        }

        Assert.Equal(["greeter.proto", "Server/Server.csproj", "Server/Program.cs", "Client/Client.csproj", "Client/Program.cs"], names);
    }

    /// <summary>Writes the page's nuget.config, with the folder that it names.</summary>
    internal static void WriteFeed(string directory, string packages)
    {
        var feed = FeedBlock().Match(File.ReadAllText(Repository.FilePath("docs", "getting-started.md")));
        Assert.True(feed.Success, "The page has no nuget.config.");
        File.WriteAllText(Path.Combine(directory, "nuget.config"), feed.Groups["text"].Value);
        Directory.CreateSymbolicLink(Path.Combine(directory, "packages"), packages);
    }

    private static string WithVersions(string project, IReadOnlyDictionary<string, string> versions)
        => PackageReference().Replace(project, reference =>
            versions.TryGetValue(reference.Groups["id"].Value, out var version)
                ? $"""<PackageReference Include="{reference.Groups["id"].Value}" Version="{version}"{reference.Groups["rest"].Value}/>"""
                : reference.Value);

    [GeneratedRegex("`(?<name>[A-Za-z/]+\\.[a-z]+)`:\n\n```[a-z]+\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex("> nuget\\.config <<'END'\n(?<text>.*?)END\n", RegexOptions.Singleline)]
    private static partial Regex FeedBlock();

    [GeneratedRegex("<PackageReference Include=\"(?<id>[^\"]+)\" Version=\"[^\"]*\"(?<rest>[^>]*)/>")]
    private static partial Regex PackageReference();
}
