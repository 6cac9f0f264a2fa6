using Spectre.Console;
using Tachyon.Perf.Bars;

namespace Tachyon.Perf.Output;

/// <summary>What is to be reached and what was, in the terminal.</summary>
internal static class BarTable
{
    internal static void Write(IReadOnlyList<BarVerdict> bars)
    {
        var table = new Table().AddColumns([.. BarRow.Columns]);
        foreach (BarVerdict bar in bars)
        {
            string colour = bar.Reached ? "green" : "red";
            BarRow row = BarRow.Of(bar);
            table.AddRow([.. row.Cells.Select(cell => cell == row.Verdict ? $"[{colour}]{cell}[/]" : Markup.Escape(cell))]);
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(BarRow.Summary(bars));
    }
}
