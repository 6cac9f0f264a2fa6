using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>docs/memory-order.md against the code: no mutable field without its row.</summary>
public sealed partial class MemoryOrderTests
{
    private static readonly string[] s_namespaces = ["Region", "Notification", "Ring", "Waiting", "Connection", "Pipelines"];

    [Fact]
    public void Every_field_that_changes_has_its_row()
    {
        string[] rows = [.. Row().Matches(File.ReadAllText(Repository.FilePath("docs", "memory-order.md"))).Select(static match => match.Groups[1].Value)];
        string[] fields =
        [
            .. typeof(TachyonConnection).Assembly.GetTypes()
                .Where(static type => s_namespaces.Any(name => type.Namespace == $"Tachyon.Transport.Internal.{name}"))
                .Where(static type => !type.IsEnum && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Name is not ("Awaiter" or "Totals"))
                .SelectMany(static type => type.GetFields(
                    BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static
                    | BindingFlags.NonPublic | BindingFlags.Public))
                .Where(static field => !field.IsInitOnly && !field.IsLiteral && !IsParameter(field))
                .Select(static field => $"{field.DeclaringType!.Name}.{Property().Replace(field.Name, "$1")}"),
        ];
        Assert.True(fields.Length > 50, $"Only {fields.Length} fields found.");
        Assert.Equal(fields.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    /// <summary>Of a primary constructor, and not assigned: the compiler makes it a field that could change, the analyzers see to it that
    /// it does not.</summary>
    private static bool IsParameter(FieldInfo field) => field.Name.EndsWith('P') && field.Name.StartsWith('<');

    [GeneratedRegex(@"(?m)^\| `([A-Za-z]+\.\w+)` \|")]
    private static partial Regex Row();

    [GeneratedRegex("^<(.+)>k__BackingField$")]
    private static partial Regex Property();
}
