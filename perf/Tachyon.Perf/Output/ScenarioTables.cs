using Spectre.Console;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>A table and a bar chart for each family of scenarios.</summary>
internal static class ScenarioTables
{
    private static readonly Color[] s_colours = [Color.Grey, Color.Green, Color.Yellow, Color.Blue, Color.Purple, Color.Aqua, Color.Orange1];

    internal static void Write(RunResult run)
    {
        foreach (IGrouping<string, ScenarioResult> family in run.Scenarios.GroupBy(scenario => scenario.Family))
        {
            AnsiConsole.Write(TableOf(family));
            WriteChart(family);
        }

        if (run.Idle.Count > 0)
        {
            WriteIdle(run.Idle);
        }
    }

    private static Table TableOf(IGrouping<string, ScenarioResult> family)
    {
        Table table = new Table().Title(family.Key).AddColumns(new TableColumn("scenario").NoWrap(), new TableColumn("rival").NoWrap());
        foreach (string column in ScenarioRow.Columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap().PadLeft(0));
        }

        table.AddColumn(new TableColumn("").NoWrap().PadLeft(0).PadRight(0));
        foreach (ScenarioResult scenario in family)
        {
            string name = scenario.Name;
            foreach (ScenarioRow row in ScenarioRow.Of(scenario))
            {
                string note = row.SocketWins ? $"[red]{row.Note}[/]" : row.Note;
                table.AddRow([Markup.Escape(name), row.Rival, .. row.Numbers.Select(Markup.Escape), note]);

                // Once is enough: the rows below belong to it.
                name = "";
            }

            table.AddEmptyRow();
        }

        return table;
    }

    private static void WriteChart(IGrouping<string, ScenarioResult> family)
    {
        var chart = new BarChart().Width(100).Label($"{family.Key}: rate, ratio to {AllRivals.Baseline}").UseValueFormatter(Numbers.Ratio);
        foreach (ScenarioResult scenario in family)
        {
            foreach (RivalResult rival in scenario.Rivals.Where(rival => scenario.Baseline is not null && rival != scenario.Baseline))
            {
                int index = AllRivals.All.TakeWhile(other => other.Name != rival.Rival).Count();
                chart.AddItem(
                    $"{scenario.Name}, {rival.Rival}", Math.Round(rival.RatioTo(scenario.Baseline!, round => round.Rate).Median, 2), s_colours[index]);
            }
        }

        if (chart.Data.Count > 0)
        {
            AnsiConsole.Write(chart);
            AnsiConsole.WriteLine();
        }
    }

    private static void WriteIdle(IEnumerable<IdleResult> results)
    {
        Table table = new Table().Title("idle").AddColumns([.. IdleRow.Columns]);
        foreach (IdleResult result in results)
        {
            table.AddRow([.. IdleRow.Of(result)]);
        }

        AnsiConsole.Write(table);
    }
}
