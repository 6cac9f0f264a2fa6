using System.Globalization;
using Tachyon.Perf.Bars;

namespace Tachyon.Perf.Output;

/// <summary>A bar and what was measured for it, as a row of text.</summary>
internal sealed record BarRow(string Scenario, string Quantity, string Measured, string Limit, string Aim, string Verdict, string Note)
{
    internal static readonly IReadOnlyList<string> Columns = ["scenario", "quantity", "measured (spread)", "bar", "aim", "", "note"];

    internal IReadOnlyList<string> Cells => [Scenario, Quantity, Measured, Limit, Aim, Verdict, Note];

    internal static BarRow Of(BarVerdict verdict)
    {
        Bar bar = verdict.Bar;
        string quantity = bar.Quantity switch
        {
            Bars.Quantity.Rate => "rate",
            Bars.Quantity.P50 => "p50",
            Bars.Quantity.P99 => "p99",
            Bars.Quantity.CpuPerCall => "CPU per call",
            Bars.Quantity.CrossingsPerCall => $"crossings per call, {bar.Rival}",
            Bars.Quantity.CpuAtRest => "CPU at rest",
            Bars.Quantity.MemoryAtRest => "memory of a connection",
            Bars.Quantity.AllocatedBytes => "allocated by the transport",
            _ => "",
        };
        string measured = verdict.Value is not { } value ? "-"
            : verdict.Lowest is { } lowest && verdict.Highest is { } highest ? $"{Text(bar, value)} ({Text(bar, lowest)}-{Text(bar, highest)})"
            : Text(bar, value);
        return new BarRow(
            bar.Scenario, quantity, measured, (bar.HigherIsBetter ? "at least " : "at most ") + Text(bar, bar.Limit),
            bar.Aim is { } aim ? Text(bar, aim) : "", verdict.Reached ? "pass" : "short", verdict.Note);
    }

    internal static string Summary(IReadOnlyList<BarVerdict> bars) => $"{bars.Count(bar => bar.Reached)} of {bars.Count} bars reached";

    private static string Text(Bar bar, double value)
        => value.ToString("F" + bar.Digits, CultureInfo.InvariantCulture) + (bar.Unit is "x" or "" ? bar.Unit : " " + bar.Unit);
}
