using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace Tachyon.RepositoryTests.Documents;

/// <summary>docs/README.md and the sidebar of the site name every document, docs/adr/README.md every decision with its title, status and
/// date.</summary>
public sealed partial class IndexTests
{
    [Fact]
    public void The_index_names_every_document()
        => AssertNamed(Path.Combine("docs", "README.md"), Directory.EnumerateFiles(Repository.FilePath("docs"), "*.md"));

    [Fact]
    public void The_sidebar_of_the_site_names_every_document_and_decision()
    {
        var sidebar = File.ReadAllText(Repository.FilePath("docs", "toc.yml"));
        string[] targets = [.. Targets(new DeserializerBuilder().Build().Deserialize<List<object>>(sidebar))];
        Assert.All(
            Directory.EnumerateFiles(Repository.FilePath("docs"), "*.md", SearchOption.AllDirectories),
            file => Assert.Contains(Path.GetRelativePath(Repository.FilePath("docs"), file), targets));
    }

    [Fact]
    public void The_index_of_decisions_names_every_decision_with_its_title_status_and_date()
    {
        string[] files = [.. Directory.EnumerateFiles(Repository.FilePath("docs", "adr"), "*.md")
            .Where(static file => char.IsAsciiDigit(Path.GetFileName(file)[0]))];
        var rows = new MarkdownPage(Repository.FilePath("docs", "adr", "README.md")).Rows("number");

        AssertNamed(Path.Combine("docs", "adr", "README.md"), files);
        Assert.Equal(
            files.Select(Decision).Order(StringComparer.Ordinal),
            rows.Select(static row => string.Join(" | ", row)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Targets(IEnumerable<object> entries)
        => entries.Cast<Dictionary<object, object>>().SelectMany(static entry =>
        {
            var children = entry.TryGetValue("items", out var items) ? Targets((List<object>)items) : [];
            return entry.TryGetValue("href", out var target) ? children.Prepend((string)target) : children;
        });

    private static void AssertNamed(string index, IEnumerable<string> files)
    {
        string[] targets = [.. new MarkdownPage(Repository.FilePath(index)).Targets.Select(static target => target.Split('#')[0])];
        Assert.All(
            files.Select(Path.GetFileName).Where(static name => name != "README.md"),
            name => Assert.Contains(name, targets));
    }

    // As the row of the index says it. A decision begins with "# 7. Title" and "Status: accepted. Date: 2026-11-21."
    private static string Decision(string file)
    {
        var lines = File.ReadAllLines(file);
        var title = Title().Match(lines[0]);
        var status = Status().Match(lines[2]);
        Assert.True(title.Success && status.Success, $"{file} does not begin as docs/adr/README.md says.");
        return $"{title.Groups["number"].Value} | {title.Groups["title"].Value} | {status.Groups["status"].Value} | {status.Groups["date"].Value}";
    }

    [GeneratedRegex(@"^# (?<number>\d+)\. (?<title>.+)$")]
    private static partial Regex Title();

    [GeneratedRegex(@"^Status: (?<status>[^.]+)\. Date: (?<date>\d{4}-\d\d-\d\d)\.")]
    private static partial Regex Status();
}
