using System.Globalization;
using Spectre.Console;
using Tachyon.Measuring;

namespace Tachyon.Perf.Baselines;

/// <summary>Shows the result as tables with bars.</summary>
internal static class BaselinesReport
{
    private const int BarWidth = 30;

    internal static void Print(BaselinesResult result)
    {
        if (result.Latencies.Count > 0)
        {
            PrintLatencies(result);
        }

        if (result.RingAgainstC is { } comparison)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"The ring in C# divided by the ring in C: p50 {Ratio(comparison.P50)}, mean {Ratio(comparison.Mean)}");
        }

        if (result.Streams.Count > 0)
        {
            PrintStreams(result.Streams);
        }

        if (result.RingStreamAgainstUnixSocket is { } ratio)
        {
            AnsiConsole.MarkupLineInterpolated($"The raw ring divided by the Unix socket, streaming: {Ratio(ratio)}");
        }
    }

    private static void PrintLatencies(BaselinesResult result)
    {
        AnsiConsole.WriteLine("Round trips of 32 bytes between two processes, ns:");
        var table = new Table().AddColumns(
            "path", "samples", "mean", "p50", "p90", "p99", "p99.9", "max", "crossings", "p50, log scale", "");
        var lowest = result.Latencies.Min(row => row.Latency?.P50 ?? double.MaxValue);
        var highest = result.Latencies.Max(row => row.Latency?.P50 ?? 0);
        foreach (var row in result.Latencies)
        {
            if (row.Latency is not { } latency)
            {
                table.AddRow(row.Name, "-", "-", "-", "-", "-", "-", "-", "-", "", row.Note);
                continue;
            }

            // The fastest has a bar as well.
            var part = (Math.Log10(latency.P50 / lowest) + 0.1) / (Math.Log10(highest / lowest) + 0.1);
            table.AddRow(
                row.Name,
                Number(latency.Samples),
                Number(latency.Mean),
                Number(latency.P50),
                Number(latency.P90),
                Number(latency.P99),
                Number(latency.P999),
                Number(latency.Max),
                row.CrossingsPerRoundTrip?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-",
                Bar(part),
                row.Note);
        }

        AnsiConsole.Write(Aligned(table, from: 1, to: 8));
        AnsiConsole.MarkupLine("Mean: of further round trips without reading the clock. Crossings: system calls of both sides.");
    }

    private static void PrintStreams(IReadOnlyList<StreamRow> streams)
    {
        AnsiConsole.WriteLine("One direction at full speed, 10^9 bytes per second, medians of the rounds:");
        var table = new Table().AddColumns("path", "write KiB", "GB/s", "lowest", "highest", "linear scale");
        var highest = streams.Max(row => row.GigabytesPerSecond);
        foreach (var row in streams)
        {
            table.AddRow(
                row.Name,
                Number(row.WriteSize / 1024),
                Rate(row.GigabytesPerSecond),
                Rate(row.Lowest),
                Rate(row.Highest),
                Bar(row.GigabytesPerSecond / highest));
        }

        AnsiConsole.Write(Aligned(table, from: 1, to: 4));
    }

    private static Table Aligned(Table table, int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            table.Columns[i].RightAligned().NoWrap();
        }

        table.Columns[0].NoWrap();
        return table;
    }

    private static string Bar(double part) => new('█', Math.Max(1, (int)Math.Round(part * BarWidth)));

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Ratio(Spread spread)
        => string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.00} ({spread.Lowest:0.00} to {spread.Highest:0.00})");
}
