using Tachyon.Perf.Bars;
using Tachyon.Perf.Output;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Commands;

/// <summary>What the bars need and nothing else; ends with the count of those reached.</summary>
internal static class QuickRun
{
    private static readonly RunSettings s_settings = new(5, TimeSpan.FromSeconds(0.35), 2, TimeSpan.FromSeconds(0.2), 6);
    private static readonly TimeSpan s_traced = TimeSpan.FromSeconds(2);

    internal static async Task<int> RunAsync(Func<Task<IReadOnlyDictionary<string, double>>>? floors, FileInfo? json)
    {
        HashSet<string> names = [AllRivals.Baseline, .. AllBars.All.Where(bar => bar.Quantity != Quantity.Floor).Select(bar => bar.Rival)];
        IEnumerable<Rival> rivals = AllRivals.All.Where(rival => names.Contains(rival.Name));
        await using Comparison comparison = await Comparison.StartAsync(rivals, s_settings, Terminal.Progress);
        Terminal.WriteHeader(comparison.Result.Machine, s_settings);
        foreach (IGrouping<string, Bar> scenario in AllBars.All.Where(bar => AllBars.IsRatio(bar.Quantity)).GroupBy(bar => bar.Scenario))
        {
            await comparison.MeasureAsync(AllScenarios.Named(scenario.Key), [AllRivals.Baseline, .. scenario.Select(bar => bar.Rival)]);
        }

        foreach (Bar bar in AllBars.All.Where(bar => bar.Quantity == Quantity.AllocatedBytes))
        {
            await comparison.CountAllocationsAsync(bar.Rival);
        }

        foreach (Bar bar in AllBars.All.Where(bar => bar.Quantity == Quantity.CrossingsPerCall))
        {
            await comparison.CountCrossingsAsync(bar.Rival, s_traced);
        }

        foreach (IGrouping<string, Bar> idle in AllBars.All.Where(bar => bar.Scenario == AllScenarios.Idle).GroupBy(bar => bar.Scenario))
        {
            await comparison.MeasureAsync(AllScenarios.Named(idle.Key), [AllRivals.Baseline, .. idle.Select(bar => bar.Rival)]);
        }

        if (floors is not null)
        {
            foreach ((string name, double value) in await floors())
            {
                comparison.Result.Floors[name] = value;
            }
        }

        comparison.Judge();
        if (json is not null)
        {
            comparison.Result.Save(json);
        }

        BarTable.Write(comparison.Result.Bars);
        return 0;
    }
}
