using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tachyon.RepositoryTests.Documents;

/// <summary>The sentences in the sources of the product: each string literal, with "…" where something is filled in.</summary>
internal static partial class SourceMessages
{
    private static readonly Lazy<SyntaxNode[]> s_sources = new(static () =>
    [
        .. Directory.EnumerateFiles(Repository.FilePath("src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Select(static file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot()),
    ]);

    internal static IEnumerable<string> All => In(s_sources.Value);

    /// <summary>What connecting fails with.</summary>
    internal static IEnumerable<string> OfConnectExceptions
        => In(Nodes<BaseObjectCreationExpressionSyntax>()
            .Where(static creation => TypeOf(creation) == "TachyonConnectException"
            && creation.ArgumentList?.Arguments.Count > 1))
            .Where(static message => message.Contains(' ', StringComparison.Ordinal));

    /// <summary>What is logged: id, level ("Debug"), message.</summary>
    internal static IEnumerable<(string Id, string Level, string Message)> OfLogs
        => Nodes<AttributeSyntax>()
            .Where(static attribute => attribute.Name.ToString() == "LoggerMessage")
            .Select(static attribute => attribute.ArgumentList!.Arguments)
            .Select(static arguments => (arguments[0].ToString(), arguments[1].ToString().Split('.')[^1], Text(arguments[2].Expression)));

    private static IEnumerable<TNode> Nodes<TNode>()
        where TNode : SyntaxNode
        => s_sources.Value.SelectMany(static root => root.DescendantNodes().OfType<TNode>());

    private static string TypeOf(BaseObjectCreationExpressionSyntax creation)
        => creation is ObjectCreationExpressionSyntax named ? named.Type.ToString()
            : creation.FirstAncestorOrSelf<MethodDeclarationSyntax>()?.ReturnType.ToString() ?? "";

    // A sum of strings is one sentence.
    private static IEnumerable<string> In(IEnumerable<SyntaxNode> nodes)
        => nodes.SelectMany(static node => node.DescendantNodesAndSelf(static inner => !IsText(inner)).Where(IsText)).Select(Text);

    private static bool IsText(SyntaxNode node)
        => node is InterpolatedStringExpressionSyntax or LiteralExpressionSyntax { RawKind: (int)SyntaxKind.StringLiteralExpression }
        || (node is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum && IsText(sum.Left) && IsText(sum.Right));

    private static string Text(SyntaxNode node)
        => node switch
        {
            LiteralExpressionSyntax literal => Placeholder().Replace(literal.Token.ValueText, "…"),
            BinaryExpressionSyntax sum => Text(sum.Left) + Text(sum.Right),
            InterpolatedStringExpressionSyntax text => text.Contents.Aggregate(
                new StringBuilder(), static (all, part) => all.Append(Text(part)))
                .ToString(),
            InterpolatedStringTextSyntax part => part.TextToken.ValueText,
            InterpolationSyntax { Expression: InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "nameof" } } name }
                => name.ArgumentList.Arguments[0].ToString().Split('.')[^1],
            _ => "…",
        };

    // Of the templates of log messages.
    [GeneratedRegex(@"\{[A-Z]\w*\}")]
    private static partial Regex Placeholder();
}
