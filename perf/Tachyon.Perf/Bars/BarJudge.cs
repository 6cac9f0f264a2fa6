using System.Globalization;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Bars;

/// <summary>Finds what a run measured for each bar.</summary>
internal static class BarJudge
{
    internal static IEnumerable<BarVerdict> Judge(RunResult run) => AllBars.All.Select(bar => Judge(bar, run));

    private static BarVerdict Judge(Bar bar, RunResult run) => bar.Quantity switch
    {
        Quantity.CrossingsPerCall => Crossings(bar, run),
        Quantity.CpuAtRest or Quantity.MemoryAtRest => Idle(bar, run),
        Quantity.AllocatedBytes => Allocations(bar, run),
        Quantity.Floor => run.Floors.TryGetValue(bar.Scenario, out double floor) ? Single(bar, floor, "") : NotMeasured(bar),
        _ => Ratio(bar, run),
    };

    private static BarVerdict Ratio(Bar bar, RunResult run)
    {
        ScenarioResult? scenario = run.Scenarios.Find(scenario => scenario.Name == bar.Scenario);
        if (scenario?.Baseline is not { } baseline || scenario.Named(bar.Rival) is not { } mine)
        {
            return NotMeasured(bar);
        }

        Spread ratio = mine.RatioTo(baseline, round => bar.Quantity switch
        {
            Quantity.Rate => round.Rate,
            Quantity.P50 => round.Latencies!.P50,
            Quantity.P99 => round.Latencies!.P99,
            _ => round.CpuUs,
        });
        int disturbed = mine.Rounds.Zip(baseline.Rounds).Count(pair => pair.First.Disturbed || pair.Second.Disturbed);
        return new BarVerdict(bar, ratio.Median, ratio.Lowest, ratio.Highest, disturbed == 0 ? "" : $"disturbed {disturbed} of {mine.Rounds.Count}");
    }

    private static BarVerdict Crossings(Bar bar, RunResult run)
        => run.Crossings.Find(result => result.Rival == bar.Rival) is not { } result
            ? NotMeasured(bar)
            : result.PerCall is { } traced
                ? Single(bar, traced, string.Create(
                    CultureInfo.InvariantCulture,
                    $"by strace, both sides; the transport itself counts {result.Traced!.Crossings:0.0000}, and {result.Untraced.Crossings:0.0000} without strace"))
                : Single(bar, result.Untraced.Crossings, "counted by the transport: strace is not installed");

    private static BarVerdict Idle(Bar bar, RunResult run)
    {
        if (run.Idle.Find(result => result.Rival == bar.Rival) is not { } result)
        {
            return NotMeasured(bar);
        }

        IdleResult? socket = run.Idle.Find(one => one.Rival == AllRivals.Baseline);
        return bar.Quantity == Quantity.CpuAtRest
            ? Single(bar, result.CpuPercent, string.Create(
                CultureInfo.InvariantCulture, $"of one core, both processes: {result.CpuPercent:0.000} %; {AllRivals.Baseline} {socket?.CpuPercent:0.000} %"))
            : Single(bar, result.KiBPerConnection, string.Create(
                CultureInfo.InvariantCulture,
                $"both processes, rings {result.SharedKiBPerConnection:0.0} of it; {AllRivals.Baseline} {socket?.KiBPerConnection:0.0}"));
    }

    private static BarVerdict Allocations(Bar bar, RunResult run)
    {
        if (run.Allocations.Find(result => result.Rival == bar.Rival) is not { } result)
        {
            return NotMeasured(bar);
        }

        ScenarioResult? scenario = run.Scenarios.Find(scenario => scenario.Name == "unary 64 B x1");
        return Single(bar, result.ClientBytes + result.ServerBytes, string.Create(
            CultureInfo.InvariantCulture,
            $"both sides; whole gRPC call {scenario?.Named(bar.Rival)?.Of(round => round.AllocatedBytes).Median:0} B, {AllRivals.Baseline} {scenario?.Baseline?.Of(round => round.AllocatedBytes).Median:0} B"));
    }

    private static BarVerdict Single(Bar bar, double value, string note) => new(bar, value, null, null, note);

    private static BarVerdict NotMeasured(Bar bar) => new(bar, null, null, null, "not measured");
}
