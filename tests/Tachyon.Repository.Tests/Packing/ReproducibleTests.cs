using System.Text.Json;

namespace Tachyon.RepositoryTests.Packing;

/// <summary>eng/pack makes the same packages of a commit in every folder and at every time, and says what they consist of.</summary>
[Trait("Category", "Long")]
public sealed class ReproducibleTests
{
    private static readonly string[] s_projects = ["Tachyon.Transport", "Tachyon.AspNetCore", "Tachyon.Grpc.Client"];

    // The last commit, not what is changed since.
    [RequiresFact("git", Requires.FullRun)]
    public async Task Two_clones_make_packages_of_the_same_bytes()
    {
        using var directory = new TempDirectory();
        var one = await PackAsync(directory, "one");
        var other = await PackAsync(directory, "another folder");

        string[] packages =
            [.. Directory.EnumerateFiles(one, "*nupkg").Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            s_projects.SelectMany(static name => ((string[])["nupkg", "snupkg"]).Select(kind => $"{name}.{RepositoryFacts.Version}.{kind}"))
                .Order(StringComparer.Ordinal),
            packages);
        Assert.All(
            packages,
            package => Assert.Equal(File.ReadAllBytes(Path.Combine(one, package)), File.ReadAllBytes(Path.Combine(other, package))));

        AssertConsistsOf(one, "Tachyon.Transport");
        AssertConsistsOf(one, "Tachyon.AspNetCore", $"Tachyon.Transport {RepositoryFacts.Version}");
        AssertConsistsOf(
            one, "Tachyon.Grpc.Client", $"Tachyon.Transport {RepositoryFacts.Version}", $"Grpc.Net.Client {RepositoryFacts.LowestGrpcVersion}");
    }

    private static async Task<string> PackAsync(TempDirectory directory, string name)
    {
        var clone = directory.FilePath(name);
        await Command.RunAsync("git", ["clone", "-q", Repository.Root, clone], directory.Path);

        // The analyzers change nothing of what is compiled, and take most of the time.
        await Command.RunAsync(
            Path.Combine(clone, "eng", "pack"),
            [Path.Combine(clone, "packages"), .. s_projects.Select(static project => $"src/{project}/{project}.csproj")],
            clone,
            new Dictionary<string, string> { ["RunAnalyzers"] = "false" });
        return Path.Combine(clone, "packages");
    }

    private static void AssertConsistsOf(string folder, string package, params string[] expected)
    {
        using var bill = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"{package}.{RepositoryFacts.Version}.cdx.json")));
        Assert.Equal(package, bill.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString());
        string[] components = bill.RootElement.TryGetProperty("components", out var all)
            ? [.. all.EnumerateArray().Select(static one => $"{one.GetProperty("name").GetString()} {one.GetProperty("version").GetString()}")]
            : [];
        Assert.Superset(expected.ToHashSet(), components.ToHashSet());
        Assert.DoesNotContain(components, static component => component.Contains("Analyzers", StringComparison.Ordinal));
    }
}
