using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Tachyon.RepositoryTests;

/// <summary>
/// Lines of code have at most the length of .editorconfig, which no analyzer checks. The text of a string does not count: a message is one
/// literal, so that a search for it finds it.
/// </summary>
public sealed class LineLengthTests
{
    private const int MaxLength = 140;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("perf")]
    [InlineData("samples")]
    public void Lines_are_short_enough_to_read_beside_each_other(string folder)
    {
        var sources = Directory.EnumerateFiles(Repository.FilePath(folder), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .ToList();

        Assert.InRange(sources.Count, 10, 2_000);
        Assert.Empty(sources.SelectMany(TooLong));
    }

    [Fact]
    public void Limit_is_that_of_the_editor_settings()
        => Assert.Contains($"max_line_length = {MaxLength}", File.ReadAllLines(Repository.FilePath(".editorconfig")));

    private static IEnumerable<string> TooLong(string file)
    {
        var text = SourceText.From(File.ReadAllText(file));
        var longLines = text.Lines.Where(static line => line.Span.Length > MaxLength).ToList();
        if (longLines.Count == 0)
        {
            return [];
        }

        var strings = CSharpSyntaxTree.ParseText(text).GetRoot()
            .DescendantNodes(static node => !IsString(node))
            .Where(IsString)
            .ToList();
        return longLines
            .Where(line => line.Span.Length - strings.Sum(node => node.Span.Intersection(line.Span)?.Length ?? 0) > MaxLength)
            .Select(line => $"{Path.GetRelativePath(Repository.Root, file)}:{line.LineNumber + 1}");
    }

    private static bool IsString(SyntaxNode node)
        => node.IsKind(SyntaxKind.StringLiteralExpression) || node.IsKind(SyntaxKind.InterpolatedStringExpression);
}
