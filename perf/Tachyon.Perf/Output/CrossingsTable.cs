using System.Globalization;
using Spectre.Console;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>System calls per unary call, of both sides, beside the transport's own count.</summary>
internal static class CrossingsTable
{
    internal static readonly IReadOnlyList<string> ReportColumns =
        ["candidate", "counted by the transport", "the same, under strace", "strace: all of the transport", .. CrossingsResult.Watched];

    internal static IReadOnlyList<string> ReportRow(CrossingsResult result) =>
    [
        result.Candidate,
        Text(result.Untraced.Crossings),
        Text(result.Traced?.Crossings),
        Text(result.PerCall),
        .. CrossingsResult.Watched.Select(name => result.Traced is null
            ? "-"
            : Text(result.PerCallOf(result.Client, name) + result.PerCallOf(result.Server, name))),
    ];

    internal static void Write(CrossingsResult result)
    {
        const string Counted = "calls, doorbells rung and received per call, both sides:";
        AnsiConsole.MarkupLineInterpolated($"{result.Candidate}: unary calls of 64 B, one in flight");
        AnsiConsole.MarkupLineInterpolated($"without strace: {result.Untraced.Operations:N0} {Counted} {result.Untraced.Crossings:0.0000}");
        if (result.Traced is not { } traced)
        {
            AnsiConsole.WriteLine("strace is not installed.");
            return;
        }

        AnsiConsole.MarkupLineInterpolated($"under strace:   {traced.Operations:N0} {Counted} {traced.Crossings:0.0000}");
        var table = new Table().AddColumns("system call", "client busy", "idle", "per call", "server busy", "idle", "per call");
        foreach (var name in CrossingsResult.Watched)
        {
            string[] cells = [.. Cells(result, result.Client, name), .. Cells(result, result.Server, name)];
            if (cells.Any(cell => cell is not ("0" or "-" or "0.0000")))
            {
                table.AddRow([name, .. cells]);
            }
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated(
            $"of the transport (all but futex and sched_yield), per call, both sides: {result.PerCall:0.0000}");
    }

    private static string[] Cells(CrossingsResult result, SystemCalls? side, string name) => side is null
        ? ["-", "-", "-"]
        :
        [
            side.Busy.GetValueOrDefault(name).ToString("N0", CultureInfo.InvariantCulture),
            side.Idle.GetValueOrDefault(name).ToString("N0", CultureInfo.InvariantCulture),
            Text(result.PerCallOf(side, name)),
        ];

    private static string Text(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";
}
