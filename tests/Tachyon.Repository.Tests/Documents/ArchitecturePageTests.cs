using System.Text.RegularExpressions;

namespace Tachyon.RepositoryTests.Documents;

/// <summary>docs/architecture.md names types, members, test projects and test classes: they exist.</summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly string[] s_names = [.. new MarkdownPage(Repository.FilePath("docs", "architecture.md")).Codes];
    private static readonly string[] s_sources = [.. SourcesIn("src").Concat(SourcesIn("tests")).Select(File.ReadAllText)];

    [Fact]
    public void Every_named_type_and_member_is_in_the_sources()
    {
        string[] names = [.. s_names.Where(static name => Identifier().IsMatch(name)).Distinct()];

        Assert.InRange(names.Length, 50, 200);
        Assert.All(names, static name => Assert.True(IsInSources(name.Split('.')), $"No source has '{name}'."));
    }

    [Fact]
    public void Every_command_runs_tests_that_exist()
    {
        Match[] commands = [.. s_names.Select(static name => TestCommand().Match(name)).Where(static match => match.Success)];

        Assert.InRange(commands.Length, 5, 50);
        Assert.All(commands, static command =>
        {
            var project = Repository.FilePath(command.Groups["project"].Value.Split('/'));
            Assert.True(Directory.Exists(project), $"'{command.Value}': no such project.");
            if (command.Groups["filter"] is { Success: true, Value: var filter })
            {
                Assert.NotEmpty(Directory.GetFiles(project, $"{filter}.cs", SearchOption.AllDirectories));
            }
        });
    }

    [Fact]
    public void Every_named_path_exists()
    {
        string[] paths = [.. s_names.Where(static name => FolderPath().IsMatch(name))];

        Assert.InRange(paths.Length, 5, 100);
        Assert.All(paths, static path => Assert.True(Directory.Exists(Repository.FilePath(path.Split('/'))), $"There is no '{path}'."));
    }

    // "Type.Member": in a source that declares the type.
    private static bool IsInSources(string[] name)
        => s_sources.Any(source =>
            source.Contains(name[^1], StringComparison.Ordinal)
            && (name.Length == 1 || Regex.IsMatch(source, $@"\b(class|struct|record|interface|enum)( struct)? {name[0]}\b"))
            && Regex.IsMatch(source, $@"\b{name[^1]}\b"));

    private static IEnumerable<string> SourcesIn(string folder)
        => Directory.EnumerateFiles(Repository.FilePath(folder), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal));

    [GeneratedRegex(@"^(?!Tachyon\.)[A-Z]\w+(\.[A-Z]\w+)?$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^dotnet test (?<project>tests/\S+)( --filter (?<filter>\w+))?$")]
    private static partial Regex TestCommand();

    [GeneratedRegex(@"^(src|tests|perf|samples|proof)/\S+$")]
    private static partial Regex FolderPath();
}
