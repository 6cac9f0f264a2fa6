using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Tachyon.Packages.Tests.Api;

/// <summary>
/// The public surface of an assembly as text: one line for each type and member, in C# with nullable annotations, sorted. Lines stand for
/// themselves, so that a difference can be read and branches that add members merge.
/// </summary>
internal static class PublicApi
{
    private static readonly SymbolDisplayFormat s_format = new(
        globalNamespaceStyle: SymbolDisplayGlobalNamespaceStyle.Omitted,
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeConstantValue
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeExplicitInterface,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    internal static IReadOnlyList<string> Render(string assemblyPath)
    {
        // The assemblies of this process: among them everything that ours refer to.
        string[] around = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        MetadataReference reference = MetadataReference.CreateFromFile(assemblyPath);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "reader",
            references: around.Where(path => path != assemblyPath).Select(static path => MetadataReference.CreateFromFile(path)).Append(reference));
        var assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(reference)!;
        var lines = new List<string>();
        AddTypes(assembly.GlobalNamespace, lines);
        return lines;
    }

    private static void AddTypes(INamespaceOrTypeSymbol container, List<string> lines)
    {
        foreach (INamespaceOrTypeSymbol child in container.GetMembers().OfType<INamespaceOrTypeSymbol>()
            .OrderBy(static child => child.ToDisplayString(), StringComparer.Ordinal))
        {
            if (child is INamedTypeSymbol type)
            {
                if (!IsVisible(type))
                {
                    continue;
                }

                lines.Add(Line(type));
                lines.AddRange(type.GetMembers()
                    .Where(static member => member is not INamedTypeSymbol && IsVisible(member) && !IsAccessor(member))
                    .Select(Line)
                    .Order(StringComparer.Ordinal));
            }

            AddTypes(child, lines);
        }
    }

    private static bool IsVisible(ISymbol symbol)
        => symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && !symbol.IsImplicitlyDeclared;

    // Shown with their property or event.
    private static bool IsAccessor(ISymbol symbol) => symbol is IMethodSymbol { AssociatedSymbol: not null };

    private static string Line(ISymbol symbol)
    {
        string attributes = string.Concat(symbol.GetAttributes().Where(ConcernsUsers).Select(static attribute => $"[{attribute}] "));
        return attributes + (symbol is INamedTypeSymbol type ? Head(type) : symbol.ToDisplayString(s_format));
    }

    private static bool ConcernsUsers(AttributeData attribute)
        => attribute.AttributeClass!.ToDisplayString() is "System.ObsoleteAttribute"
            or "System.FlagsAttribute"
            or "System.Diagnostics.CodeAnalysis.ExperimentalAttribute"
            or "System.Diagnostics.CodeAnalysis.RequiresUnreferencedCodeAttribute"
            or "System.Diagnostics.CodeAnalysis.RequiresDynamicCodeAttribute"
            or "System.Runtime.Versioning.SupportedOSPlatformAttribute"
            or "System.Runtime.Versioning.UnsupportedOSPlatformAttribute";

    private static string Head(INamedTypeSymbol type)
    {
        string modifiers = (type.IsStatic ? "static " : "")
            + (type is { TypeKind: TypeKind.Class, IsAbstract: true, IsStatic: false } ? "abstract " : "")
            + (type is { TypeKind: TypeKind.Class, IsSealed: true, IsStatic: false } ? "sealed " : "");
        IEnumerable<INamedTypeSymbol> bases = type.BaseType is { SpecialType: SpecialType.None } parent ? [parent, .. type.Interfaces] : type.Interfaces;
        string after = string.Join(", ", bases.Select(static one => one.ToDisplayString(s_format.RemoveKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword))));
        return $"{SyntaxFacts.GetText(type.DeclaredAccessibility)} {modifiers}{type.ToDisplayString(s_format)}{(after.Length > 0 ? " : " + after : "")}";
    }
}
