namespace Tachyon.Packages.Tests.Documents;

/// <summary>Links between the documents lead somewhere: to a file that exists, and to a heading in it.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages
        => [.. Directory.EnumerateFiles(Repository.FilePath("docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
            .Concat((string[])[Repository.FilePath("samples", "README.md"), Repository.FilePath("perf", "README.md")])
            .Select(static file => Path.GetRelativePath(Repository.Root, file))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        string file = Repository.FilePath(page);
        foreach (string target in new MarkdownPage(file).Targets)
        {
            if (target.Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            string[] parts = target.Split('#', 2);
            string path = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]));
            Assert.True(Directory.Exists(path) || new FileInfo(path) is { Exists: true, Length: > 0 }, $"{page}: '{target}' leads nowhere, or to an empty file.");
            if (parts.Length == 2)
            {
                Assert.True(new MarkdownPage(path).Anchors.Contains(parts[1]), $"{page}: '{target}': no such heading there.");
            }
        }
    }
}
