using System.Globalization;
using Spectre.Console;
using Tachyon.Perf.Targets;

namespace Tachyon.Perf.Output;

/// <summary>The targets and what was measured for them, in the terminal.</summary>
internal static class TargetTable
{
    internal static void Write(IReadOnlyList<TargetVerdict> targets)
    {
        var table = new Table().AddColumns([.. TargetRow.Columns]);
        foreach (var target in targets)
        {
            var color = target.Reached ? "green" : "red";
            var row = TargetRow.Of(target);
            table.AddRow([.. row.Cells.Select(cell => cell == row.Verdict ? $"[{color}]{cell}[/]" : Markup.Escape(cell))]);
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(TargetRow.Summary(targets));
    }
}

/// <summary>A target and what was measured for it, as a row of text for the terminal and the report.</summary>
internal sealed record TargetRow(
    string Scenario, string Candidate, string Quantity, string Measured, string Limit, string Stretch, string Verdict, string Note)
{
    internal static readonly IReadOnlyList<string> Columns = ["scenario", "candidate", "quantity", "measured (spread)", "target", "stretch", "", "note"];

    internal IReadOnlyList<string> Cells => [Scenario, Candidate, Quantity, Measured, Limit, Stretch, Verdict, Note];

    internal static TargetRow Of(TargetVerdict verdict)
    {
        var target = verdict.Target;
        var quantity = target.Quantity switch
        {
            Targets.Quantity.Rate => "rate",
            Targets.Quantity.P50 => "p50",
            Targets.Quantity.P99 => "p99",
            Targets.Quantity.CpuPerCall => "CPU per call",
            Targets.Quantity.CrossingsPerCall => "crossings per call",
            Targets.Quantity.CpuAtRest => "CPU at rest",
            Targets.Quantity.MemoryAtRest => "memory of a connection",
            Targets.Quantity.AllocatedBytes => "allocated by the transport",
            _ => "",
        };
        var measured = verdict.Value is { } value ? Text(target, value) : "-";
        if (verdict.Lowest is { } lowest && verdict.Highest is { } highest)
        {
            measured += $" ({Text(target, lowest)}-{Text(target, highest)})";
        }

        return new TargetRow(
            target.Scenario, target.Candidate, quantity, measured, (target.HigherIsBetter ? "at least " : "at most ") + Text(target, target.Limit),
            target.Stretch is { } stretch ? Text(target, stretch) : "", verdict.Reached ? "pass" : "short", verdict.Note);
    }

    internal static string Summary(IReadOnlyList<TargetVerdict> targets)
        => $"{targets.Count(target => target.Reached)} of {targets.Count} targets reached";

    private static string Text(Target target, double value)
        => value.ToString("F" + target.Digits, CultureInfo.InvariantCulture) + (target.Unit is "x" or "" ? target.Unit : " " + target.Unit);
}
