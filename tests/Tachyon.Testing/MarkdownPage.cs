using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Tachyon.Testing;

/// <summary>A document of the repository, for tests that hold it against the product.</summary>
public sealed class MarkdownPage
{
    private static readonly MarkdownPipeline s_pipeline
        = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    private readonly MarkdownDocument _document;

    public MarkdownPage(string file) => _document = Markdown.Parse(File.ReadAllText(file), s_pipeline);

    /// <summary>Where links and images lead.</summary>
    public IEnumerable<string> Targets => _document.Descendants<LinkInline>().Select(static link => link.Url ?? "");

    /// <summary>What stands in backticks within a line.</summary>
    public IEnumerable<string> Codes => _document.Descendants<CodeInline>().Select(static code => code.Content);

    /// <summary>The names of the headings in links, as GitHub makes them.</summary>
    public IEnumerable<string> Anchors => _document.Descendants<HeadingBlock>().Select(static heading => heading.GetAttributes().Id ?? "");

    /// <summary>The rows of the tables whose first header is <paramref name="firstHeader"/>: the text of their cells.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows(string firstHeader)
        => [.. _document.Descendants<Table>()
            .Select(static table => table.Cast<TableRow>().Select(Cells).ToList())
            .Where(rows => rows[0][0] == firstHeader)
            .SelectMany(static rows => rows.Skip(1))];

    private static IReadOnlyList<string> Cells(TableRow row) => [.. row.Cast<TableCell>().Select(static cell => Text(cell).Trim())];

    private static string Text(TableCell cell)
        => string.Concat(cell.Descendants<LeafInline>().Select(static leaf => leaf switch
        {
            CodeInline code => code.Content,
            HtmlEntityInline entity => entity.Transcoded.ToString(),
            HtmlInline html => html.Tag,
            LiteralInline literal => literal.Content.ToString(),
            _ => "",
        }));
}
