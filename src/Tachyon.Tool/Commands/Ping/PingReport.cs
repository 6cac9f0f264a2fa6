using System.Globalization;
using Spectre.Console;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>What <c>tachyon ping</c> measured. Times are microseconds.</summary>
internal sealed record PingReport(
    string Address,
    string Server,
    string Kind,
    double Connect,
    long Count,
    double Min,
    double P50,
    double P90,
    double P99,
    double Max,
    IReadOnlyList<Bucket> Histogram)
{
    private const int ChartWidth = 80;

    internal void Write()
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Address}: {Server}, {Kind}, ready after {Connect / 1000:0.00} ms"));
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Count} round trips in us: min {Min:0.0}, p50 {P50:0.0}, p90 {P90:0.0}, p99 {P99:0.0}, max {Max:0.0}"));
        var chart = new BarChart().Width(ChartWidth);
        foreach (var bucket in Histogram)
        {
            chart.AddItem(bucket.Label, bucket.Count, Color.Aqua);
        }

        AnsiConsole.Write(chart);
    }
}
