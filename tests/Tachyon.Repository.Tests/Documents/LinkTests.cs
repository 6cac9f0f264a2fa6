namespace Tachyon.RepositoryTests.Documents;

/// <summary>Each relative link of a document leads to a file that exists, and to a heading in it.</summary>
public sealed class LinkTests
{
    // What builds, tools and packages of others write.
    private static readonly string[] s_foreign = ["bin", "obj", "node_modules", "artifacts", "TestResults"];

    public static TheoryData<string> Pages
        => [.. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Repository.Root, file))
            .Where(static page => !page.Split('/').Any(static part => s_foreign.Contains(part)))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings_that_exist(string page)
    {
        var file = Repository.FilePath(page);
        foreach (var target in new MarkdownPage(file).Targets)
        {
            if (target.Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            var parts = target.Split('#', 2);
            var path = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]));
            Assert.True(Directory.Exists(path) || new FileInfo(path) is { Exists: true, Length: > 0 }, $"{page}: '{target}' leads to no file, or to an empty one.");
            if (parts.Length == 2)
            {
                Assert.True(new MarkdownPage(path).Anchors.Contains(parts[1]), $"{page}: '{target}': the page has no such heading.");
            }
        }
    }
}
