using System.CommandLine;
using System.Text;
using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Output;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Reporting;

/// <summary>Markdown and charts of one or more runs.</summary>
internal static class Report
{
    internal static Command CreateCommand()
    {
        var files = new Argument<FileInfo[]>("files")
        {
            Description = "Files that runs wrote with --json.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "The directory to write to.",
            DefaultValueFactory = _ => new DirectoryInfo("perf/report"),
        };
        var command = new Command("report", "Writes a report of runs: Markdown, with charts by gnuplot.") { files, output };
        command.SetAction(result => WriteAsync(result.GetValue(files)!, result.GetValue(output)!));
        return command;
    }

    private static async Task<int> WriteAsync(FileInfo[] files, DirectoryInfo output)
    {
        output.Create();
        List<RunResult> runs = [.. files.Select(file => RunResult.Load(file.FullName))];

        // Each chart is drawn from the run that measured most of it.
        IReadOnlyList<Chart> charts =
        [
            .. runs.SelectMany(AllCharts.Of).GroupBy(chart => chart.File)
                .Select(same => same.MaxBy(chart => chart.Categories.Count * chart.Series.Count)!),
        ];
        foreach (var chart in charts)
        {
            await Gnuplot.DrawAsync(chart, output);
        }

        var file = Path.Combine(output.FullName, "README.md");
        await File.WriteAllTextAsync(file, Write(runs, charts));
        AnsiConsole.MarkupLineInterpolated($"{file}: {runs.Count} runs, {charts.Count} charts");
        return 0;
    }

    private static string Write(IReadOnlyList<RunResult> runs, IReadOnlyList<Chart> charts)
    {
        var text = new StringBuilder();
        text.AppendLine(
            """
            # What was measured

            Written by `perf/Tachyon.Perf`, command `report`, from the results of its runs. Client and server are separate processes (except
            for `pipe`). The rounds of the candidates are interleaved; ratios are to `uds`, Kestrel's Unix socket, round by round; every
            number is the median of the rounds. Rows that the socket wins are marked.
            """);
        foreach (var chart in charts)
        {
            text.AppendLine().AppendLine($"![{chart.Title}]({chart.File}.svg)");
        }

        foreach (var run in runs)
        {
            WriteRun(text, run);
        }

        return text.ToString();
    }

    private static void WriteRun(StringBuilder text, RunResult run)
    {
        text.AppendLine().AppendLine($"## Run of {run.Conditions.Date:yyyy-MM-dd HH:mm} UTC").AppendLine();
        text.AppendLine($"{run.Conditions.MachineText(run.Machine)};");
        text.AppendLine($"{run.Conditions.RuntimeText(run.Machine)}.");
        text.AppendLine($"{run.Settings.Rounds} rounds of {run.Settings.RoundLength.TotalSeconds:0.##} s.");
        if (run.Targets.Count > 0)
        {
            text.AppendLine().AppendLine("### Targets").AppendLine();
            WriteTable(text, TargetRow.Columns, run.Targets.Select(target => TargetRow.Of(target).Cells));
            text.AppendLine().AppendLine(TargetRow.Summary(run.Targets));
        }

        foreach (var family in run.Scenarios.GroupBy(scenario => scenario.Family))
        {
            text.AppendLine().AppendLine($"### {family.Key}").AppendLine();
            WriteTable(
                text,
                ["scenario", "candidate", .. ScenarioRow.Columns, ""],
                family.SelectMany(ScenarioRow.Of).Select(row => (IReadOnlyList<string>)
                    [row.Scenario, row.Candidate, .. row.Numbers, row.SocketWins ? $"**{row.Note}**" : row.Note]));
        }

        if (run.Idle.Count > 0)
        {
            text.AppendLine().AppendLine("### idle").AppendLine();
            WriteTable(text, IdleRow.Columns, run.Idle.Select(IdleRow.Of));
        }

        if (run.Crossings.Count > 0)
        {
            text.AppendLine().AppendLine("### crossings per unary call of 64 B, both sides").AppendLine();
            WriteTable(text, CrossingsTable.ReportColumns, run.Crossings.Select(CrossingsTable.ReportRow));
        }
    }
    private static void WriteTable(StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        foreach (var row in (IEnumerable<IReadOnlyList<string>>)[columns, [.. columns.Select(_ => "---")], .. rows])
        {
            text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).AppendLine(" |");
        }
    }
}
