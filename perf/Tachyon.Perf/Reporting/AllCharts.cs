using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Reporting;

/// <summary>The charts of a run; those of which it measured nothing are left out.</summary>
internal static class AllCharts
{
    private static readonly string[] s_sizes = ["0 B", "64 B", "1 KiB", "4 KiB", "64 KiB", "1 MiB", "4 MiB"];
    private static readonly string[] s_streams =
        ["download 1 KiB", "download 64 KiB", "download 1 MiB", "upload 1 KiB", "upload 64 KiB", "upload 1 MiB"];
    private static readonly string[] s_paces = ["1 ms", "4 ms", "20 ms"];

    internal static IReadOnlyList<Chart> Of(RunResult run)
    {
        Chart[] charts =
        [
            Rounds(run, "unary-latency", "Unary, 1 in flight: p50 by size", "us (logarithmic)", bars: false, logarithmic: true,
                [.. s_sizes.Select(size => (size, $"unary {size} x1"))], round => round.Latencies!.P50),
            Rounds(run, "unary-rate", "Unary 64 B: calls per second by calls in flight", "calls/s", bars: true, logarithmic: false,
                [.. ((int[])[1, 16, 64, 256]).Select(inFlight => ($"{inFlight} in flight", $"unary 64 B x{inFlight}"))],
                round => round.Rate),
            Rounds(run, "streaming", "Streaming", "MB/s", bars: true, logarithmic: false,
                [.. s_streams.Select(stream => (stream, stream))], round => round.Rate),
            Rounds(run, "paced-latency", "Calls at a pace: p50", "us", bars: true, logarithmic: false,
                [.. s_paces.Select(pace => ($"every {pace}", $"paced {pace}"))], round => round.Latencies!.P50),
            Rounds(run, "paced-cpu", "Calls at a pace: CPU per call, both sides", "us", bars: true, logarithmic: false,
                [.. s_paces.Select(pace => ($"every {pace}", $"paced {pace}"))], round => round.CpuUs),
            Percentiles(run),
        ];
        return [.. charts.Where(chart => chart.Series.Count > 0 && chart.Categories.Count > 0)];
    }

    private static Chart Rounds(
        RunResult run, string file, string title, string label, bool bars, bool logarithmic,
        IReadOnlyList<(string Label, string Scenario)> categories, Func<UsageRound, double> of)
    {
        (string Label, ScenarioResult<UsageRound> Result)[] measured =
        [
            .. from category in categories
               let result = run.Scenarios.Find(scenario => scenario.Name == category.Scenario)
               where result is not null
               select (category.Label, result),
        ];
        var candidates = measured
            .SelectMany(category => category.Result.Candidates).Select(result => result.Candidate).Distinct();
        return new Chart(
            file, title, label, bars, logarithmic,
            [.. measured.Select(category => category.Label)],
            [.. candidates.Select(candidate => new ChartSeries(
                candidate, [.. measured.Select(category => category.Result.Named(candidate)?.Of(of).Median ?? double.NaN)]))]);
    }

    private static Chart Percentiles(RunResult run)
    {
        (string Label, Func<Latencies, double> Of)[] percentiles =
        [
            ("p50", one => one.P50), ("p90", one => one.P90), ("p99", one => one.P99), ("p99.9", one => one.P999), ("max", one => one.Max),
        ];
        ScenarioResult<UsageRound>? scenario = run.Scenarios.Find(scenario => scenario.Name == "unary 64 B x1");
        return new Chart(
            "percentiles", "Unary 64 B, 1 in flight: latency by percentile", "us (logarithmic)", false, true,
            [.. percentiles.Select(percentile => percentile.Label)],
            [.. (scenario?.Candidates ?? []).Select(result => new ChartSeries(
                result.Candidate, [.. percentiles.Select(percentile => result.Of(round => percentile.Of(round.Latencies!)).Median)]))]);
    }
}
