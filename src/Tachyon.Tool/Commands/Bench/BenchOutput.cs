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
        Console.Out.WriteLine($"{machine.Processor}, {machine.Cores} cores, load before {machine.LoadBefore:0.00}; kernel {machine.Kernel}; {machine.Runtime}");
        Console.Out.WriteLine($"Client and server are processes of their own; Tachyon {report.Mode}, all else default; {report.Rounds} rounds of {report.SecondsPerRound:0.00} s in turn; medians (lowest-highest)");
        if (machine.LoadBefore >= machine.Cores)
        {
            Console.Out.WriteLine("Other work takes the cores just now: this says little about a quiet machine.");
        }

        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in (string[])["Scenario", "Quantity"])
        {
            table.AddColumn(column);
        }

        foreach (string column in (string[])["Unix socket", "Tachyon", "Ratio", "Spread of the ratio"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddColumn("Ahead");
        foreach (BenchRow row in report.Rows)
        {
            table.AddRow(new[]
            {
                row.Scenario,
                $"{row.Measure}, {row.Unit}",
                Value(row.Socket),
                Value(row.Tachyon),
                Ratio(row.Ratio.Median),
                $"{Ratio(row.Ratio.Lowest)}-{Ratio(row.Ratio.Highest)}",
                row.IsClear ? row.Winner : $"{row.Winner}?",
            }.Select(static cell => new Text(cell)));
        }

        AnsiConsole.Write(table);
        foreach (BenchRow row in report.Rows)
        {
            Chart(row);
        }

        BenchRow[] lost = [.. report.Rows.Where(static row => row.Winner == SocketRival.RivalName)];
        Console.Out.WriteLine(lost.Length == 0
            ? $"Tachyon is ahead in all {report.Rows.Count} rows."
            : $"Tachyon is ahead in {report.Rows.Count - lost.Length} of {report.Rows.Count} rows; the socket in: {string.Join("; ", lost.Select(static row => $"{row.Scenario} ({row.Measure})"))}.");
        if (report.Rows.Any(static row => !row.IsClear))
        {
            Console.Out.WriteLine($"A question mark: single rounds said the opposite. Longer rounds (--seconds) tell more.");
        }
    }

    private static void Chart(BenchRow row)
    {
        // A chart for each row: on one scale the large ones would hide the small ones.
        Console.Out.WriteLine($"{row.Scenario}: {row.Measure}, {row.Unit}{(row.LessIsBetter ? " (less is better)" : "")}");
        AnsiConsole.Write(new BarChart()
            .Width(ChartWidth)
            .AddItem(row.Socket.Median, SocketRival.RivalName, Color.Grey)
            .AddItem(row.Tachyon.Median, TachyonRival.RivalName, Color.Aqua));
    }

    private static BarChart AddItem(this BarChart chart, double value, string label, Color color) => chart.AddItem(label, Math.Round(value), color);

    private static string Value(Spread spread) => string.Create(CultureInfo.InvariantCulture, $"{spread.Median:N0} ({spread.Lowest:N0}-{spread.Highest:N0})");

    private static string Ratio(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}x");
}
