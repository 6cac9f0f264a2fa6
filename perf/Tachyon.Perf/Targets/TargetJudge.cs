using System.Globalization;
using Tachyon.Measuring;
using Tachyon.Perf.Candidates;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Targets;

/// <summary>Finds what a run measured for each target.</summary>
internal static class TargetJudge
{
    internal static IEnumerable<TargetVerdict> Judge(RunResult run) => AllTargets.All.Select(target => Judge(target, run));

    private static TargetVerdict Judge(Target target, RunResult run) => target.Quantity switch
    {
        Quantity.CrossingsPerCall => Crossings(target, run),
        Quantity.CpuAtRest or Quantity.MemoryAtRest => Idle(target, run),
        Quantity.AllocatedBytes => Allocations(target, run),
        Quantity.Baseline => run.Baselines.TryGetValue(target.Scenario, out var baseline)
            ? new TargetVerdict(target, baseline.Median, baseline.Lowest, baseline.Highest, "")
            : NotMeasured(target),
        _ => Ratio(target, run),
    };

    private static TargetVerdict Ratio(Target target, RunResult run)
    {
        ScenarioResult<UsageRound>? scenario = run.Scenarios.Find(scenario => scenario.Name == target.Scenario);
        if (scenario?.Named(AllCandidates.Reference) is not { } reference || scenario.Named(target.Candidate) is not { } mine)
        {
            return NotMeasured(target);
        }

        var ratio = mine.RatioTo(reference, round => target.Quantity switch
        {
            Quantity.Rate => round.Rate,
            Quantity.P50 => round.Latencies!.P50,
            Quantity.P99 => round.Latencies!.P99,
            _ => round.CpuUs,
        });
        var disturbed = mine.Rounds.Zip(reference.Rounds).Count(pair => pair.First.Disturbed || pair.Second.Disturbed);
        var note = disturbed == 0 ? "" : $"disturbed {disturbed} of {mine.Rounds.Count}";
        return new TargetVerdict(target, ratio.Median, ratio.Lowest, ratio.Highest, note);
    }

    private static TargetVerdict Crossings(Target target, RunResult run)
    {
        if (run.Crossings.Find(result => result.Candidate == target.Candidate) is not { } result)
        {
            return NotMeasured(target);
        }

        if (result.PerCall is not { } traced)
        {
            return Single(target, result.Untraced.Crossings, "counted by the transport: strace is not installed");
        }

        // Under strace everything is slow, so a side sleeps where it otherwise would not. Where a side may sleep, the result is the
        // transport's own count of doorbells in an untraced round; strace also counts the reactor's ticks. Where no side sleeps, the result
        // is that of strace.
        return target.Limit == 0
            ? Single(target, traced, string.Create(CultureInfo.InvariantCulture, $"by strace, both sides: {traced:0.0000}"))
            : Single(target, result.Untraced.Crossings, string.Create(
                CultureInfo.InvariantCulture,
                $"counted by the transport, both sides; under strace it counts {result.Traced!.Crossings:0.000}, strace {traced:0.000}"));
    }

    private static TargetVerdict Idle(Target target, RunResult run)
    {
        if (run.Idle.Find(result => result.Candidate == target.Candidate) is not { } result
            || run.Idle.Find(result => result.Candidate == AllCandidates.Reference) is not { } socket)
        {
            return NotMeasured(target);
        }

        const string Reference = AllCandidates.Reference;
        return target.Quantity == Quantity.CpuAtRest
            // Kestrel's heartbeat checks each connection once a second over every transport: only what exceeds that counts.
            ? Single(target, Math.Max(0, result.CpuPercent - socket.CpuPercent), string.Create(
                CultureInfo.InvariantCulture,
                $"of one core, beyond {Reference}; both processes {result.CpuPercent:0.000} %, {Reference} {socket.CpuPercent:0.000} %"))
            : Single(target, result.KiBPerConnection, string.Create(
                CultureInfo.InvariantCulture,
                $"both processes, rings {result.SharedKiBPerConnection:0.0} of it; {Reference} {socket.KiBPerConnection:0.0}"));
    }

    private static TargetVerdict Allocations(Target target, RunResult run)
    {
        if (run.Allocations.Find(result => result.Candidate == target.Candidate) is not { } result)
        {
            return NotMeasured(target);
        }

        ScenarioResult<UsageRound>? scenario = run.Scenarios.Find(scenario => scenario.Name == "unary 64 B x1");
        var mine = scenario?.Named(target.Candidate)?.Of(round => round.AllocatedBytes).Median;
        var reference = scenario?.Named(AllCandidates.Reference)?.Of(round => round.AllocatedBytes).Median;
        return Single(target, result.ClientBytes + result.ServerBytes, string.Create(
            CultureInfo.InvariantCulture,
            $"client {result.ClientBytes:0.000} + server {result.ServerBytes:0.000}; gRPC call {mine:0}, {AllCandidates.Reference} {reference:0}"));
    }

    private static TargetVerdict Single(Target target, double value, string note) => new(target, value, null, null, note);

    private static TargetVerdict NotMeasured(Target target) => new(target, null, null, null, "not measured");
}
