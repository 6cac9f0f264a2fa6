using System.Globalization;
using Spectre.Console;
using Tachyon.Measuring;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>A report for people: a table, bars, and a verdict that names the rows that the socket wins.</summary>
internal static class BenchOutput
{
    private const int ChartWidth = 70;

    internal static void Write(BenchReport report)
    {
        var machine = report.Machine;
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{machine.Processor}, {machine.Cores} cores, load before {machine.LoadBefore:0.00}; kernel {machine.Kernel}; {machine.Runtime}"));
        AnsiConsole.WriteLine($"Client and server are separate processes; Tachyon waits in mode {report.Mode}, all else is default.");
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Rounds} interleaved rounds of {report.SecondsPerRound:0.00} s; medians, in brackets the lowest and the highest."));
        if (machine.LoadBefore >= machine.Cores)
        {
            AnsiConsole.WriteLine("Other processes use the cores: the results of a quiet machine will differ.");
        }

        AnsiConsole.WriteLine();
        foreach (var line in BenchTable.Lines(report.Rows, AnsiConsole.Profile.Width))
        {
            // Not by Spectre.Console, which would break a long line in the middle of a number.
            Console.Out.WriteLine(line);
        }

        AnsiConsole.WriteLine();
        foreach (var row in report.Rows)
        {
            Chart(row);
        }

        BenchRow[] lost = [.. report.Rows.Where(static row => row.Winner == Comparison.Socket)];
        var ahead = report.Rows.Count - lost.Length;
        var names = lost.Select(static row => $"{row.Scenario} ({row.Measure})");
        AnsiConsole.WriteLine(lost.Length == 0
            ? $"Tachyon is ahead in all {report.Rows.Count} rows."
            : $"Tachyon is ahead in {ahead} of {report.Rows.Count} rows; the socket in: {string.Join("; ", names)}.");
        if (report.Rows.Any(static row => !row.IsClear))
        {
            AnsiConsole.WriteLine("A question mark: single rounds contradict the median. Longer rounds (--seconds) give a clearer result.");
        }
    }

    private static void Chart(BenchRow row)
    {
        // A chart for each row: on one scale large values would hide small ones.
        AnsiConsole.WriteLine($"{row.Scenario}: {row.Measure}, {row.Unit}{(row.LessIsBetter ? " (less is better)" : "")}");
        AnsiConsole.Write(new BarChart()
            .Width(ChartWidth)
            .AddItem(row.Socket.Median, Comparison.Socket, Color.Grey)
            .AddItem(row.Tachyon.Median, Comparison.Tachyon, Color.Aqua));
    }

    private static BarChart AddItem(this BarChart chart, double value, string label, Color color)
        => chart.AddItem(label, Math.Round(value), color);
}
