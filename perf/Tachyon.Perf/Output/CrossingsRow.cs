using System.Globalization;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>The crossings of one rival as a row of text.</summary>
internal static class CrossingsRow
{
    internal static readonly IReadOnlyList<string> Columns =
        ["rival", "counted by the transport", "the same, under strace", "strace: all of the transport", .. CrossingsResult.Watched];

    internal static IReadOnlyList<string> Of(CrossingsResult result) =>
    [
        result.Rival,
        Text(result.Untraced.Crossings),
        Text(result.Traced?.Crossings),
        Text(result.PerCall),
        .. CrossingsResult.Watched.Select(name => result.Traced is null
            ? "-"
            : Text(result.PerCallOf(result.Client, name) + result.PerCallOf(result.Server, name))),
    ];

    private static string Text(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";
}
