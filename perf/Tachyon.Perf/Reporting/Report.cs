using System.Text;
using Spectre.Console;
using Tachyon.Perf.Output;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Reporting;

/// <summary>Markdown and charts of one or more runs.</summary>
internal static class Report
{
    internal static async Task<int> WriteAsync(FileInfo[] files, DirectoryInfo output)
    {
        output.Create();
        List<RunResult> runs = [.. files.Select(file => RunResult.Load(file.FullName))];

        // Each of the run that measured most of it.
        IReadOnlyList<Chart> charts =
            [.. runs.SelectMany(AllCharts.Of).GroupBy(chart => chart.File).Select(same => same.MaxBy(chart => chart.Categories.Count * chart.Series.Count)!)];
        foreach (Chart chart in charts)
        {
            await Gnuplot.DrawAsync(chart, output);
        }

        string file = Path.Combine(output.FullName, "README.md");
        await File.WriteAllTextAsync(file, Write(runs, charts));
        AnsiConsole.MarkupLineInterpolated($"{file}: {runs.Count} runs, {charts.Count} charts");
        return 0;
    }

    private static string Write(IReadOnlyList<RunResult> runs, IReadOnlyList<Chart> charts)
    {
        var text = new StringBuilder();
        text.AppendLine("# What was measured").AppendLine()
            .AppendLine("Made by `perf/Tachyon.Perf`, command `report`, of what its runs wrote. Client and server are separate processes (but for `pipe`); the rivals take turns in each round;")
            .AppendLine("ratios are to `uds`, Kestrel's Unix socket, round by round; every number is the median of the rounds. Rows that the socket wins are marked.");
        foreach (Chart chart in charts)
        {
            text.AppendLine().AppendLine($"![{chart.Title}]({chart.File}.svg)");
        }

        foreach (RunResult run in runs)
        {
            WriteRun(text, run);
        }

        return text.ToString();
    }

    private static void WriteRun(StringBuilder text, RunResult run)
    {
        Machine machine = run.Machine;
        text.AppendLine().AppendLine($"## Run of {machine.Date:yyyy-MM-dd HH:mm} UTC").AppendLine();
        text.AppendLine($"{machine.System}, kernel {machine.Kernel}; {machine.Processor}, {machine.Cores} cores, load {machine.LoadAverage}; {machine.Runtime}, GC {machine.GarbageCollection},");
        text.AppendLine($"tiered PGO {machine.TieredPgo}; Tachyon: {machine.Transport}. {run.Settings.Rounds} rounds of {run.Settings.RoundLength.TotalSeconds:0.##} s.");
        if (run.Bars.Count > 0)
        {
            text.AppendLine().AppendLine("### Bars").AppendLine();
            MarkdownTable.Write(text, BarRow.Columns, run.Bars.Select(bar => BarRow.Of(bar).Cells));
            text.AppendLine().AppendLine(BarRow.Summary(run.Bars));
        }

        foreach (IGrouping<string, ScenarioResult> family in run.Scenarios.GroupBy(scenario => scenario.Family))
        {
            text.AppendLine().AppendLine($"### {family.Key}").AppendLine();
            MarkdownTable.Write(
                text,
                ["scenario", "rival", .. ScenarioRow.Columns, ""],
                family.SelectMany(ScenarioRow.Of).Select(row => (IReadOnlyList<string>)
                    [row.Scenario, row.Rival, .. row.Numbers, row.SocketWins ? $"**{row.Note}**" : row.Note]));
        }

        if (run.Idle.Count > 0)
        {
            text.AppendLine().AppendLine("### idle").AppendLine();
            MarkdownTable.Write(text, IdleRow.Columns, run.Idle.Select(IdleRow.Of));
        }

        if (run.Crossings.Count > 0)
        {
            text.AppendLine().AppendLine("### crossings per unary call of 64 B, both sides").AppendLine();
            MarkdownTable.Write(text, CrossingsRow.Columns, run.Crossings.Select(CrossingsRow.Of));
        }
    }
}
