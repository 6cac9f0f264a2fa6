using System.Globalization;
using Tachyon.Measuring;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>The rows of a report as lines of text in which no number is broken.</summary>
internal static class BenchTable
{
    private const string Gap = "  ";

    /// <summary>All figures where they fit; otherwise medians and the spread of the ratio, below a line with the scenario.</summary>
    internal static IEnumerable<string> Lines(IReadOnlyList<BenchRow> rows, int width)
    {
        string[] columns = ["Scenario", "Quantity", "Unix socket", "Tachyon", "Ratio", "Spread of the ratio", "Ahead"];
        var wide = Align(2, [columns, .. rows.Select(Wide)]);
        if (wide.Max(static line => line.Length) <= width)
        {
            return wide;
        }

        var narrow = Align(1, [["Quantity", "Unix socket", "Tachyon", "Ratio", "Spread", "Ahead"], .. rows.Select(Narrow)]);
        return [narrow[0], .. rows.SelectMany((row, index) => WithScenario(rows, index, narrow[index + 1]))];
    }

    private static IEnumerable<string> WithScenario(IReadOnlyList<BenchRow> rows, int index, string line)
        => index > 0 && rows[index - 1].Scenario == rows[index].Scenario ? [line] : [rows[index].Scenario, line];

    private static string[] Wide(BenchRow row)
        => [row.Scenario, Quantity(row), Value(row.Socket), Value(row.Tachyon), Ratio(row.Ratio.Median), RatioSpread(row), Ahead(row)];

    private static string[] Narrow(BenchRow row) =>
    [
        $"  {Quantity(row)}", Number(row.Socket.Median), Number(row.Tachyon.Median), Ratio(row.Ratio.Median), RatioSpread(row), Ahead(row),
    ];

    /// <summary>Each column as wide as its longest cell: words to the left, numbers between them to the right.</summary>
    private static string[] Align(int words, string[][] cells)
    {
        int[] widths = [.. Enumerable.Range(0, cells[0].Length).Select(column => cells.Max(row => row[column].Length))];
        return [.. cells.Select(row => string.Join(Gap, row.Select((cell, column) =>
            column < words || column == row.Length - 1 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd())];
    }

    private static string Quantity(BenchRow row) => $"{row.Measure}, {row.Unit}";

    private static string Ahead(BenchRow row) => row.IsClear ? row.Winner : $"{row.Winner}?";

    private static string Value(Spread spread) => $"{Number(spread.Median)} ({Number(spread.Lowest)}-{Number(spread.Highest)})";

    private static string RatioSpread(BenchRow row) => $"{Ratio(row.Ratio.Lowest)}-{Ratio(row.Ratio.Highest)}";

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Ratio(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}x");
}
