using System.CommandLine;
using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Perf.Baselines;
using Tachyon.Perf.Candidates;
using Tachyon.Perf.Output;
using Tachyon.Perf.Running;
using Tachyon.Perf.Scenarios;
using Tachyon.Perf.Targets;

namespace Tachyon.Perf.Commands;

/// <summary>The root command: compares the candidates, in one of three sizes.</summary>
internal static class CompareCommand
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan s_quickTrace = TimeSpan.FromSeconds(2);

    private static readonly RunSettings s_quick = new(5, TimeSpan.FromSeconds(0.4), 3, TimeSpan.FromSeconds(0.2), 5, s_pause);

    internal static RootCommand Create()
    {
        string[] all = [.. AllCandidates.Names];
        var quick = new Option<bool>("--quick") { Description = "Only what the targets need, and the verdicts, in some three minutes." };
        var full = new Option<bool>("--full") { Description = "All scenarios, all candidates, 5 rounds of 1 s." };
        var only = new Option<string>("--only") { Description = "The scenario of this name, or all whose name contains this.", DefaultValueFactory = _ => "" };
        var candidates = new Option<string[]>("--candidates")
        {
            Description = $"The candidates to compare with '{AllCandidates.Reference}': {string.Join(", ", all[1..])}.",
            DefaultValueFactory = _ => ["adaptive", "park"],
            AllowMultipleArgumentsPerToken = true,
        };
        candidates.AcceptOnlyFromAmong(all);
        var rounds = new Option<int>("--rounds") { Description = "Rounds per scenario and candidate.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a round.", DefaultValueFactory = _ => 1.0 };
        var confine = new Option<string>("--confine")
        {
            Description = "What each process may use: everything, the first core only, or half a core's time (a cgroup quota; needs root).",
            DefaultValueFactory = static _ => "none",
        };
        confine.AcceptOnlyFromAmong([.. Confinement.Kinds]);
        var json = new Option<FileInfo?>("--json") { Description = "Write all results to this file." };
        var root = new RootCommand("Compares gRPC over shared memory with gRPC over other local transports, on this machine.")
        {
            quick, full, only, candidates, rounds, seconds, confine, json,
        };
        root.SetAction(result =>
        {
            if (result.GetValue(quick))
            {
                return RunQuickAsync(result.GetValue(json));
            }

            var isFull = result.GetValue(full);
            var length = TimeSpan.FromSeconds(isFull ? 1 : result.GetValue(seconds));
            var settings = new RunSettings(isFull ? 5 : result.GetValue(rounds), length, 5, TimeSpan.FromSeconds(0.3), 8, s_pause);
            var compared = isFull ? all : result.GetValue(candidates)!;
            return RunAsync(result.GetValue(only)!, compared, settings, result.GetValue(confine)!, result.GetValue(json));
        });
        return root;
    }

    /// <summary>Counts the system calls of both sides per unary call.</summary>
    internal static Command CreateCrossings()
    {
        var candidate = new Argument<string>("candidate");
        candidate.AcceptOnlyFromAmong([.. AllCandidates.Names]);
        var seconds = new Option<double>("--seconds") { Description = "How long to count.", DefaultValueFactory = _ => 3.0 };
        var command = new Command("crossings", "Counts the system calls per unary call of a busy client and its server; needs strace.")
        {
            candidate, seconds,
        };
        command.SetAction(async result =>
        {
            var name = result.GetValue(candidate)!;
            var duration = TimeSpan.FromSeconds(result.GetValue(seconds));
            var settings = new RunSettings(1, duration, 0, duration, 1, s_pause);
            await using var comparison = await Comparison.StartAsync([AllCandidates.Named(name)], settings, Terminal.Progress);
            await comparison.CountCrossingsAsync(name, duration);
            CrossingsTable.Write(comparison.Result.Crossings[0]);
            return 0;
        });
        return command;
    }

    private static async Task<int> RunAsync(string only, string[] candidates, RunSettings settings, string confine, FileInfo? json)
    {
        List<Scenario> scenarios = [.. AllScenarios.All.Where(scenario => scenario.Name == only)];
        if (scenarios.Count == 0)
        {
            scenarios = [.. AllScenarios.All.Where(scenario => scenario.Name.Contains(only, StringComparison.Ordinal))];
        }

        if (scenarios.Count == 0)
        {
            var names = string.Join(", ", AllScenarios.All.Select(scenario => scenario.Name));
            AnsiConsole.MarkupLineInterpolated($"No scenario contains '{only}'. Scenarios: {names}");
            return 1;
        }

        await using var comparison = await Comparison.StartAsync(CandidatesOf(candidates), settings, Terminal.Progress, confine);
        Terminal.WriteHeader(comparison.Result);
        foreach (var scenario in scenarios)
        {
            await comparison.MeasureAsync(scenario);

            // After each scenario, so that a long run that ends early leaves its results.
            Save(comparison.Result, json);
        }

        ScenarioTables.Write(comparison.Result);
        return 0;
    }

    private static async Task<int> RunQuickAsync(FileInfo? json)
    {
        var names = AllTargets.All.Where(target => target.Quantity != Quantity.Baseline).Select(target => target.Candidate);
        await using var comparison = await Comparison.StartAsync(CandidatesOf([.. names]), s_quick, Terminal.Progress);
        Terminal.WriteHeader(comparison.Result);
        var ratios = AllTargets.All.Where(static target => AllTargets.IsRatio(target.Quantity))
            .ToLookup(static target => AllScenarios.Named(target.Scenario).BusyLoops > 0);
        await MeasureAsync(ratios[false]);
        foreach (var target in AllTargets.All.Where(target => target.Quantity == Quantity.AllocatedBytes))
        {
            await comparison.CountAllocationsAsync(target.Candidate);
        }

        foreach (var target in AllTargets.All.Where(target => target.Quantity == Quantity.CrossingsPerCall))
        {
            await comparison.CountCrossingsAsync(target.Candidate, s_quickTrace);
        }

        await MeasureAsync(AllTargets.All.Where(target => target.Scenario == AllScenarios.Idle));

        var baselines = await BaselinesMeasurement.MeasureAsync(
            BaselinesOptions.Quick with { Paths = BaselinePaths.UnixSocket | BaselinePaths.Ring | BaselinePaths.RingInC });
        AddBaseline(AllTargets.RingRoundTrip, baselines.RingAgainstC?.Mean);
        AddBaseline(AllTargets.RingStreaming, baselines.RingStreamAgainstUnixSocket);
        // Last: for some seconds after a busy time nothing is polled.
        await MeasureAsync(ratios[true]);

        comparison.Judge();
        Save(comparison.Result, json);
        TargetTable.Write(comparison.Result.Targets);
        return 0;

        async Task MeasureAsync(IEnumerable<Target> targets)
        {
            foreach (var scenario in targets.GroupBy(target => target.Scenario))
            {
                await comparison.MeasureAsync(
                    AllScenarios.Named(scenario.Key), [AllCandidates.Reference, .. scenario.Select(target => target.Candidate)]);
            }
        }

        // Null without a C compiler, for example: its target then counts as not reached.
        void AddBaseline(string name, Spread? measured)
        {
            if (measured is not null)
            {
                comparison.Result.Baselines[name] = measured;
            }
        }
    }

    private static IEnumerable<Candidate> CandidatesOf(string[] names)
        => AllCandidates.All.Where(candidate => candidate.Name == AllCandidates.Reference || names.Contains(candidate.Name));

    private static void Save(RunResult result, FileInfo? json)
    {
        if (json is not null)
        {
            result.Save(json);
        }
    }
}
