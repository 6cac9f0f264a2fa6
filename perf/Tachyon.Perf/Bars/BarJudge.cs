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
        Quantity.Floor => run.Floors.TryGetValue(bar.Scenario, out Spread? floor) ? new BarVerdict(bar, floor.Median, floor.Lowest, floor.Highest, "") : NotMeasured(bar),
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
    {
        if (run.Crossings.Find(result => result.Rival == bar.Rival) is not { } result)
        {
            return NotMeasured(bar);
        }

        if (result.PerCall is not { } traced)
        {
            return Single(bar, result.Untraced.Crossings, "counted by the transport: strace is not installed");
        }

        // Under strace everything is so slow that a side falls asleep which otherwise would not: where it may, the transport's own count of
        // an untraced round is the result, doorbells only; strace beside it also sees the reactor's ticks. Where it never sleeps, strace itself is.
        return bar.Limit == 0
            ? Single(bar, traced, string.Create(CultureInfo.InvariantCulture, $"by strace, both sides: {traced:0.0000}"))
            : Single(bar, result.Untraced.Crossings, string.Create(
                CultureInfo.InvariantCulture,
                $"counted by the transport, both sides; under strace it counts {result.Traced!.Crossings:0.000}, strace {traced:0.000}"));
    }

    private static BarVerdict Idle(Bar bar, RunResult run)
    {
        if (run.Idle.Find(result => result.Rival == bar.Rival) is not { } result
            || run.Idle.Find(result => result.Rival == AllRivals.Baseline) is not { } socket)
        {
            return NotMeasured(bar);
        }

        return bar.Quantity == Quantity.CpuAtRest
            // Kestrel's heartbeat looks at each connection once a second, whatever carries it: what counts is what comes on top.
            ? Single(bar, Math.Max(0, result.CpuPercent - socket.CpuPercent), string.Create(
                CultureInfo.InvariantCulture,
                $"of one core, beyond {AllRivals.Baseline}; both processes {result.CpuPercent:0.000} %, {AllRivals.Baseline} {socket.CpuPercent:0.000} %"))
            : Single(bar, result.KiBPerConnection, string.Create(
                CultureInfo.InvariantCulture,
                $"both processes, rings {result.SharedKiBPerConnection:0.0} of it; {AllRivals.Baseline} {socket.KiBPerConnection:0.0}"));
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
            $"client {result.ClientBytes:0.000} + server {result.ServerBytes:0.000}; a whole gRPC call {scenario?.Named(bar.Rival)?.Of(round => round.AllocatedBytes).Median:0}, {AllRivals.Baseline} {scenario?.Baseline?.Of(round => round.AllocatedBytes).Median:0}"));
    }

    private static BarVerdict Single(Bar bar, double value, string note) => new(bar, value, null, null, note);

    private static BarVerdict NotMeasured(Bar bar) => new(bar, null, null, null, "not measured");
}
