using System.Reflection;

namespace Grpc.Abstractions.Tests.PublicApi;

/// <summary>Compares the public surface of the two assemblies with public-api.txt, in both directions.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Grpc.Core.Api")]
    [InlineData("Grpc.Net.Common")]
    public void The_assembly_has_the_listed_types_and_members(string assemblyName)
    {
        var listed = PublicApiText.Parse(ReadText(), assemblyName);
        var built = PublicApiText.Render(Assembly.Load(assemblyName));

        Assert.NotEmpty(listed);

        // Assert.Empty would cut the lines short.
        var differences = Differences(listed, built);
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    [Theory]
    [InlineData("Grpc.Core.Api")]
    [InlineData("Grpc.Net.Common")]
    public void The_assembly_bears_the_official_identity(string assemblyName) =>
        Assert.Equal(
            $"{assemblyName}, Version=2.0.0.0, Culture=neutral, PublicKeyToken=d754f35622e28bad",
            Assembly.Load(assemblyName).FullName);

    [Fact]
    public void The_configuration_of_clients_is_nested_and_opaque()
    {
        // The note at the end of the text: the type is not public, and so not among the rendered ones.
        var type = typeof(Core.ClientBase).GetNestedType("ClientBaseConfiguration", BindingFlags.NonPublic);

        Assert.NotNull(type);
        Assert.True(type.IsNestedFamORAssem);
        Assert.False(type.IsAbstract);
        Assert.False(type.IsSealed);
        Assert.Empty(type.GetMembers(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static));
    }

    [Fact]
    public void The_comparison_finds_missing_extra_and_changed_members()
    {
        var listed = PublicApiText.Parse(ReadText(), "Grpc.Net.Common");
        var built = PublicApiText.Render(Assembly.Load("Grpc.Net.Common"));
        var provider = listed["Grpc.Net.Compression: interface ICompressionProvider"];

        provider[0] = "string EncodingName { get; set; }";
        listed.Add("Grpc.Core: class Missing", []);
        listed.Remove("Grpc.Core: enum ConnectivityState");

        Assert.Equal(
            [
                "extra: Grpc.Core: enum ConnectivityState",
                "extra: Grpc.Net.Compression: interface ICompressionProvider | string EncodingName { get; }",
                "missing: Grpc.Core: class Missing",
                "missing: Grpc.Net.Compression: interface ICompressionProvider | string EncodingName { get; set; }",
            ],
            Differences(listed, built));
    }

    private static List<string> Differences(Dictionary<string, List<string>> listed, Dictionary<string, List<string>> built)
    {
        var differences = Without(listed, built, "missing").Concat(Without(built, listed, "extra")).ToList();
        differences.Sort(StringComparer.Ordinal);
        return differences;
    }

    private static IEnumerable<string> Without(
        Dictionary<string, List<string>> these, Dictionary<string, List<string>> those, string word)
    {
        foreach (var (type, members) in these)
        {
            if (!those.TryGetValue(type, out var others))
            {
                yield return $"{word}: {type}";
                continue;
            }

            foreach (var member in members.Except(others))
            {
                yield return $"{word}: {type} | {member}";
            }
        }
    }

    private static List<string> ReadText()
    {
        using var stream = typeof(PublicApiTests).Assembly.GetManifestResourceStream("public-api.txt")!;
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
