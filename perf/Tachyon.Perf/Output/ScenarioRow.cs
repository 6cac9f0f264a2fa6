using Tachyon.Perf.Measurement;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>One rival in one scenario as a row of text: the same columns in the terminal and in the report.</summary>
internal sealed record ScenarioRow(string Scenario, string Rival, IReadOnlyList<string> Numbers, string Note, bool SocketWins)
{
    internal static readonly IReadOnlyList<string> Columns =
    [
        "rate", "ratio", "spread", "p50 us", "p90", "p99", "p99.9", "max", "CPU us c + s", "CPU ratio", "B/op", "switches", "crossings",
    ];

    internal static IEnumerable<ScenarioRow> Of(ScenarioResult scenario) => scenario.Rivals.Select(rival => Of(scenario, rival));

    private static ScenarioRow Of(ScenarioResult scenario, RivalResult rival)
    {
        RivalResult baseline = scenario.Baseline ?? rival;
        Spread ratio = rival.RatioTo(baseline, round => round.Rate);
        string unit = rival.Rounds[0].Bytes > 0 ? "MB/s" : "/s";
        bool latencies = rival.Rounds[0].Latencies is not null;

        // Beyond noise: no round was as good as the socket's.
        bool socketWins = rival.Rival != AllRivals.Baseline && ratio.Highest < 1;
        string[] notes =
        [
            .. socketWins ? (string[])["socket wins"] : [],
            .. rival.DisturbedRounds > 0 ? (string[])[$"disturbed {rival.DisturbedRounds}"] : [],
        ];
        return new ScenarioRow(
            scenario.Name,
            rival.Rival,
            [
                $"{Output.Numbers.Short(rival.Of(round => round.Rate).Median)} {unit}",
                Output.Numbers.Ratio(ratio.Median),
                $"{Output.Numbers.Short(ratio.Lowest)}-{Output.Numbers.Short(ratio.Highest)}",
                Latency(latency => latency.P50),
                Latency(latency => latency.P90),
                Latency(latency => latency.P99),
                Latency(latency => latency.P999),
                Latency(latency => latency.Max),
                $"{Output.Numbers.Short(rival.Of(round => round.Client.CpuUs / round.Operations).Median)} + {Output.Numbers.Short(rival.Of(round => round.Server.CpuUs / round.Operations).Median)}",
                Output.Numbers.Ratio(rival.RatioTo(baseline, round => round.CpuUs).Median),
                Output.Numbers.Short(rival.Of(round => round.AllocatedBytes).Median),
                Output.Numbers.Short(rival.Of(round => round.Switches).Median),
                rival.Of(round => round.Crossings).Median is var crossings and > 0 ? Output.Numbers.Short(crossings) : "-",
            ],
            string.Join(", ", notes),
            socketWins);

        string Latency(Func<Latencies, double> of) => latencies ? Output.Numbers.Short(rival.Of(round => of(round.Latencies!)).Median) : "-";
    }
}
