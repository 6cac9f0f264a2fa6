using System.Globalization;
using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Perf.Candidates;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>A table and a bar chart for each family of scenarios.</summary>
internal static class ScenarioTables
{
    private static readonly Color[] s_colors = [Color.Grey, Color.Green, Color.Yellow, Color.Blue, Color.Purple, Color.Aqua, Color.Orange1];

    internal static void Write(RunResult run)
    {
        foreach (var family in run.Scenarios.GroupBy(scenario => scenario.Family))
        {
            AnsiConsole.Write(TableOf(family));
            WriteChart(family);
        }

        if (run.Idle.Count > 0)
        {
            var table = new Table().Title("idle").AddColumns([.. IdleRow.Columns]);
            run.Idle.ForEach(result => table.AddRow([.. IdleRow.Of(result)]));
            AnsiConsole.Write(table);
        }
    }

    private static Table TableOf(IGrouping<string, ScenarioResult<UsageRound>> family)
    {
        var table = new Table().Title(family.Key).AddColumns(new TableColumn("scenario").NoWrap(), new TableColumn("candidate").NoWrap());
        foreach (var column in ScenarioRow.Columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap().PadLeft(0));
        }

        table.AddColumn(new TableColumn("").NoWrap().PadLeft(0).PadRight(0));
        foreach (var scenario in family)
        {
            // The name stands in the first row of the scenario only.
            var name = scenario.Name;
            foreach (var row in ScenarioRow.Of(scenario))
            {
                var note = row.SocketWins ? $"[red]{row.Note}[/]" : row.Note;
                table.AddRow([Markup.Escape(name), row.Candidate, .. row.Numbers.Select(Markup.Escape), note]);
                name = "";
            }

            table.AddEmptyRow();
        }

        return table;
    }

    private static void WriteChart(IGrouping<string, ScenarioResult<UsageRound>> family)
    {
        var chart = new BarChart().Width(100)
            .Label($"{family.Key}: rate, ratio to {AllCandidates.Reference}").UseValueFormatter(Numbers.Ratio);
        foreach (var scenario in family)
        {
            if (scenario.Named(AllCandidates.Reference) is not { } reference)
            {
                continue;
            }

            foreach (var result in scenario.Candidates.Where(result => result != reference))
            {
                var index = AllCandidates.All.TakeWhile(other => other.Name != result.Candidate).Count();
                var ratio = result.RatioTo(reference, round => round.Rate).Median;
                chart.AddItem($"{scenario.Name}, {result.Candidate}", Math.Round(ratio, 2), s_colors[index % s_colors.Length]);
            }
        }

        if (chart.Data.Count > 0)
        {
            AnsiConsole.Write(chart);
            AnsiConsole.WriteLine();
        }
    }
}

/// <summary>One candidate in one scenario as a row of text: the same columns in the terminal and in the report.</summary>
internal sealed record ScenarioRow(string Scenario, string Candidate, IReadOnlyList<string> Numbers, string Note, bool SocketWins)
{
    internal static readonly IReadOnlyList<string> Columns =
    [
        "rate", "ratio", "spread", "p50 us", "p90", "p99", "p99.9", "max", "CPU us c + s", "CPU ratio", "B/op", "switches", "crossings",
    ];

    internal static IEnumerable<ScenarioRow> Of(ScenarioResult<UsageRound> scenario)
        => scenario.Candidates.Select(result => Of(scenario, result));

    private static ScenarioRow Of(ScenarioResult<UsageRound> scenario, CandidateResult<UsageRound> result)
    {
        var reference = scenario.Named(AllCandidates.Reference) ?? result;
        var ratio = result.RatioTo(reference, round => round.Rate);
        var unit = result.Rounds[0].Bytes > 0 ? "MB/s" : "/s";
        var latencies = result.Rounds[0].Latencies is not null;
        var disturbed = result.Rounds.Count(round => round.Disturbed);

        // Beyond noise: the socket was faster in every round.
        var socketWins = result.Candidate != AllCandidates.Reference && ratio.Highest < 1;
        string[] notes = [.. socketWins ? (string[])["socket wins"] : [], .. disturbed > 0 ? (string[])[$"disturbed {disturbed}"] : []];
        var clientCpu = Median(round => round.Client.CpuUs / round.Operations);
        var serverCpu = Median(round => round.Server.CpuUs / round.Operations);
        return new ScenarioRow(
            scenario.Name,
            result.Candidate,
            [
                $"{Median(round => round.Rate)} {unit}",
                Output.Numbers.Ratio(ratio.Median),
                $"{Output.Numbers.Short(ratio.Lowest)}-{Output.Numbers.Short(ratio.Highest)}",
                Latency(latency => latency.P50),
                Latency(latency => latency.P90),
                Latency(latency => latency.P99),
                Latency(latency => latency.P999),
                Latency(latency => latency.Max),
                $"{clientCpu} + {serverCpu}",
                Output.Numbers.Ratio(result.RatioTo(reference, round => round.CpuUs).Median),
                Median(round => round.AllocatedBytes),
                Median(round => round.Switches),
                result.Of(round => round.Crossings).Median is var crossings and > 0 ? Output.Numbers.Short(crossings) : "-",
            ],
            string.Join(", ", notes),
            socketWins);

        string Median(Func<UsageRound, double> of) => Output.Numbers.Short(result.Of(of).Median);

        string Latency(Func<Latencies, double> of) => latencies ? Median(round => of(round.Latencies!)) : "-";
    }
}

/// <summary>Idle connections of one candidate as a row of text.</summary>
internal static class IdleRow
{
    internal static readonly IReadOnlyList<string> Columns =
        ["connections", "candidate", "CPU % of a core, both sides", "KiB per connection, both sides", "of it shared memory"];

    internal static IReadOnlyList<string> Of(IdleResult result) =>
    [
        Numbers.Short(result.Connections), result.Candidate, Numbers.Short(result.CpuPercent), Numbers.Short(result.KiBPerConnection),
        Numbers.Short(result.SharedKiBPerConnection),
    ];
}

/// <summary>Numbers as these tables write them.</summary>
internal static class Numbers
{
    /// <summary>About three significant digits, without an exponent.</summary>
    internal static string Short(double value) => double.IsNaN(value) ? "-" : Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " M",
        >= 1e5 => (value / 1e3).ToString("0", CultureInfo.InvariantCulture) + " k",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    internal static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "x";
}
