using System.Text.RegularExpressions;

namespace Tachyon.Ecosystem.Tests.Observability;

/// <summary>The names that the instruments of docs/metrics.md have in Prometheus.</summary>
internal static partial class PrometheusNames
{
    internal static IReadOnlySet<string> OfDocuments { get; } = new MarkdownPage(Repository.FilePath("docs", "metrics.md"))
        .Rows("instrument")
        .Where(static row => row[0].StartsWith("tachyon.", StringComparison.Ordinal))
        .Select(static row => Name(row[0], row[1], row[2]))
        .ToHashSet();

    /// <summary>The names of Tachyon's metrics in a text.</summary>
    internal static IEnumerable<string> In(string text) => Metric().Matches(text).Select(static match => match.Value).Distinct();

    // By OpenTelemetry's rules: a unit in braces is only a comment, and a counter is a total.
    private static string Name(string instrument, string kind, string unit)
        => instrument.Replace('.', '_') + (unit == "By" ? "_bytes" : "") + (kind == "counter" ? "_total" : "");

    [GeneratedRegex(@"\btachyon_(?!reason\b|direction\b)[a-z_]+\b")]
    private static partial Regex Metric();
}
