using AngleSharp.Html.Parser;
using Tachyon.RepositoryTests.Packing;

namespace Tachyon.RepositoryTests.Site;

/// <summary>The documents build into a site with a reference of the API and a search, and no link of it is broken.</summary>
[Trait("Category", "Long")]
public sealed class SiteTests
{
    private static readonly string[] s_attributes = ["href", "src"];

    [RequiresFact(Requires.FullRun)]
    public async Task Site_builds_without_a_warning_and_without_a_broken_link()
    {
        using var directory = new TempDirectory();
        await Command.DotnetAsync(Repository.Root, ["tool", "restore"]);
        await Command.DotnetAsync(Repository.Root, ["docfx", "site/docfx.json", "--warningsAsErrors", "--output", directory.Path]);

        var site = directory.Path;
        var pages = Directory.EnumerateFiles(site, "*.html", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) != "toc.html")
            .ToDictionary(static file => file, static file => new HtmlParser().ParseDocument(File.ReadAllText(file)));

        Assert.All(
            Directory.EnumerateFiles(Repository.FilePath("docs"), "*.md", SearchOption.AllDirectories)
                .Select(static page => Path.ChangeExtension(Path.GetRelativePath(Repository.Root, page), ".html")),
            page => Assert.Contains(Path.Combine(site, page), pages.Keys));
        Assert.Contains(Path.Combine(site, "api", "Tachyon.Grpc.Client.TachyonChannel.html"), pages.Keys);
        Assert.Contains("docs/configuration.html", await File.ReadAllTextAsync(Path.Combine(site, "index.json")), StringComparison.Ordinal);

        var broken = pages.SelectMany(page => page.Value.All
            .SelectMany(static element => s_attributes.Select(element.GetAttribute))
            .OfType<string>()
            .Where(target => IsBroken(page.Key, target))
            .Select(target => $"{Path.GetRelativePath(site, page.Key)}: {target}"));
        Assert.Empty(broken.Distinct());

        bool IsBroken(string page, string target)
        {
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
            {
                return false;
            }

            var parts = target.Split('#', 2);
            var path = Uri.UnescapeDataString(parts[0].Split('?')[0]);
            var file = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, path));
            return !file.StartsWith(site, StringComparison.Ordinal)
                || !File.Exists(file)
                || (parts is [_, { Length: > 0 } anchor]
                    && pages.TryGetValue(file, out var linked)
                    && linked.GetElementById(Uri.UnescapeDataString(anchor)) is null);
        }
    }
}
