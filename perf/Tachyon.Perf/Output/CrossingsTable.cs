using System.Globalization;
using Spectre.Console;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>System calls per unary call, of both sides, beside what the transport itself counted.</summary>
internal static class CrossingsTable
{
    internal static void Write(CrossingsResult result)
    {
        AnsiConsole.MarkupLineInterpolated($"{result.Rival}: unary calls of 64 B, one in flight");
        AnsiConsole.MarkupLineInterpolated($"without strace: {result.Untraced.Operations:N0} calls, doorbells rung and heard per call, both sides: {result.Untraced.Crossings:0.0000}");
        if (result.Traced is not { } traced)
        {
            AnsiConsole.WriteLine("strace is not installed.");
            return;
        }

        AnsiConsole.MarkupLineInterpolated($"under strace:   {traced.Operations:N0} calls, doorbells rung and heard per call, both sides: {traced.Crossings:0.0000}");
        var table = new Table().AddColumns("system call", "client busy", "resting", "per call", "server busy", "resting", "per call");
        foreach (string name in CrossingsResult.Watched)
        {
            string[] cells = [.. Cells(result, result.Client, name), .. Cells(result, result.Server, name)];
            if (cells.Any(cell => cell is not ("0" or "-" or "0.0000")))
            {
                table.AddRow([name, .. cells]);
            }
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"of the transport (all but futex and sched_yield), per call, both sides: {result.PerCall:0.0000}");
    }

    private static string[] Cells(CrossingsResult result, SystemCalls? side, string name) => side is null
        ? ["-", "-", "-"]
        :
        [
            side.Busy.GetValueOrDefault(name).ToString("N0", CultureInfo.InvariantCulture),
            side.Resting.GetValueOrDefault(name).ToString("N0", CultureInfo.InvariantCulture),
            result.PerCallOf(side, name).ToString("0.0000", CultureInfo.InvariantCulture),
        ];
}
