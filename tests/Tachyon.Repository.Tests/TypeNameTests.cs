using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tachyon.RepositoryTests;

/// <summary>A name of a type stands for one thing in all of tests/: a page, a filter or a search that names it finds one class.</summary>
public sealed class TypeNameTests
{
    // Shadows of the interleaving tests stand for types of the runtime and of the transport, by their names.
    private static readonly string[] s_notOurs = ["/bin/", "/obj/", "/Tachyon.Interleaving.Tests/Shadows/"];

    [Fact]
    public void No_two_types_of_the_tests_have_the_same_name()
    {
        (string Name, string FullName)[] types = [.. Sources().SelectMany(TypesOf).Distinct()];

        Assert.InRange(types.Length, 300, 3_000);
        string[] twice = [.. types.GroupBy(static type => type.Name).Where(static types => types.Count() > 1)
            .Select(static types => string.Join(", ", types.Select(static type => type.FullName)))];
        Assert.Empty(twice);
    }

    private static IEnumerable<string> Sources()
        => Directory.EnumerateFiles(Repository.FilePath("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !s_notOurs.Any(folder => file.Contains(folder, StringComparison.Ordinal)));

    // Types within types belong to their file. The parts of one type have one full name.
    private static IEnumerable<(string Name, string FullName)> TypesOf(string file)
        => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetCompilationUnitRoot()
            .DescendantNodes(static node => node is not TypeDeclarationSyntax)
            .OfType<BaseTypeDeclarationSyntax>()
            .Select(static type => (type.Identifier.Text, $"{NamespaceOf(type)}.{type.Identifier.Text}"));

    private static string? NamespaceOf(BaseTypeDeclarationSyntax type)
        => type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();
}
