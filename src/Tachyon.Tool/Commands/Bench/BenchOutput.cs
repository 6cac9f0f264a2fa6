using System.Globalization;
using Spectre.Console;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>A report for people: a table, bars, and a verdict that hides nothing.</summary>
internal static class BenchOutput
{
    private const int ChartWidth = 70;

    internal static void Write(BenchReport report)
    {
        Machine machine = report.Machine;
        AnsiConsole.WriteLine($"{machine.Processor}, {machine.Cores} cores, load before {machine.LoadBefore:0.00}; kernel {machine.Kernel}; {machine.Runtime}");
        AnsiConsole.WriteLine($"Client and server are processes of their own; Tachyon {report.Mode}, else defaults.");
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Rounds} rounds of {report.SecondsPerRound:0.00} s in turn; medians, in brackets the lowest and the highest."));
        if (machine.LoadBefore >= machine.Cores)
        {
            AnsiConsole.WriteLine("Other work takes the cores just now: this says little about a quiet machine.");
        }

        AnsiConsole.WriteLine();
        foreach (string line in BenchTable.Lines(report.Rows, AnsiConsole.Profile.Width))
        {
            // Not by the library, which would break a line that is too long in the middle of a number.
            Console.Out.WriteLine(line);
        }

        AnsiConsole.WriteLine();
        foreach (BenchRow row in report.Rows)
        {
            Chart(row);
        }

        BenchRow[] lost = [.. report.Rows.Where(static row => row.Winner == SocketRival.RivalName)];
        AnsiConsole.WriteLine(lost.Length == 0
            ? $"Tachyon is ahead in all {report.Rows.Count} rows."
            : $"Tachyon is ahead in {report.Rows.Count - lost.Length} of {report.Rows.Count} rows; the socket in: {string.Join("; ", lost.Select(static row => $"{row.Scenario} ({row.Measure})"))}.");
        if (report.Rows.Any(static row => !row.IsClear))
        {
            AnsiConsole.WriteLine($"A question mark: single rounds said the opposite. Longer rounds (--seconds) tell more.");
        }
    }

    private static void Chart(BenchRow row)
    {
        // A chart for each row: on one scale the large ones would hide the small ones.
        AnsiConsole.WriteLine($"{row.Scenario}: {row.Measure}, {row.Unit}{(row.LessIsBetter ? " (less is better)" : "")}");
        AnsiConsole.Write(new BarChart()
            .Width(ChartWidth)
            .AddItem(row.Socket.Median, SocketRival.RivalName, Color.Grey)
            .AddItem(row.Tachyon.Median, TachyonRival.RivalName, Color.Aqua));
    }

    private static BarChart AddItem(this BarChart chart, double value, string label, Color color) => chart.AddItem(label, Math.Round(value), color);
}
