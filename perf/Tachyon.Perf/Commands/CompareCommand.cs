using System.CommandLine;
using Spectre.Console;
using Tachyon.Perf.Output;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Commands;

/// <summary>The root: compares the rivals, in one of three sizes.</summary>
internal static class CompareCommand
{
    internal static RootCommand Create()
    {
        var quick = new Option<bool>("--quick") { Description = "What the bars need, and the verdicts, in less than two minutes." };
        var full = new Option<bool>("--full") { Description = "All scenarios, all rivals, 5 rounds of 1 s." };
        var only = new Option<string>("--only") { Description = "The scenarios whose name contains this.", DefaultValueFactory = _ => "" };
        var rivals = new Option<string[]>("--rivals")
        {
            Description = $"Which to compare with '{AllRivals.Baseline}': {string.Join(", ", AllRivals.All.Skip(1).Select(rival => rival.Name))}.",
            DefaultValueFactory = _ => ["adaptive", "park"],
            AllowMultipleArgumentsPerToken = true,
        };
        rivals.AcceptOnlyFromAmong([.. AllRivals.All.Select(rival => rival.Name)]);
        var rounds = new Option<int>("--rounds") { Description = "Rounds per scenario and rival.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a round.", DefaultValueFactory = _ => 1.0 };
        var json = new Option<FileInfo?>("--json") { Description = "Write everything that was measured to this file." };
        var root = new RootCommand("Compares gRPC over shared memory with gRPC over what one would use instead, on this machine.")
        {
            quick, full, only, rivals, rounds, seconds, json,
        };
        root.SetAction(result =>
        {
            if (result.GetValue(quick))
            {
                return QuickRun.RunAsync(result.GetValue(json));
            }

            bool all = result.GetValue(full);
            var settings = new RunSettings(
                all ? 5 : result.GetValue(rounds), TimeSpan.FromSeconds(all ? 1 : result.GetValue(seconds)), 5, TimeSpan.FromSeconds(0.3), 8);
            string[] names = all ? [.. AllRivals.All.Select(rival => rival.Name)] : result.GetValue(rivals)!;
            return RunAsync(result.GetValue(only)!, names, settings, result.GetValue(json));
        });
        return root;
    }

    private static async Task<int> RunAsync(string only, string[] names, RunSettings settings, FileInfo? json)
    {
        List<Scenario> scenarios = [.. AllScenarios.All.Where(scenario => scenario.Name.Contains(only, StringComparison.Ordinal))];
        if (scenarios.Count == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"No scenario contains '{only}'. There are: {string.Join(", ", AllScenarios.All.Select(scenario => scenario.Name))}");
            return 1;
        }

        IEnumerable<Rival> rivals = AllRivals.All.Where(rival => rival.Name == AllRivals.Baseline || names.Contains(rival.Name));
        await using Comparison comparison = await Comparison.StartAsync(rivals, settings, Terminal.Progress);
        Terminal.WriteHeader(comparison.Result.Machine, settings);
        foreach (Scenario scenario in scenarios)
        {
            await comparison.MeasureAsync(scenario);
            if (json is not null)
            {
                // Each time: a long run that ends early has not been for nothing.
                comparison.Result.Save(json);
            }
        }

        ScenarioTables.Write(comparison.Result);
        return 0;
    }
}
