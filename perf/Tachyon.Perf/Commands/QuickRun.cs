using Tachyon.Perf.Bars;
using Tachyon.Perf.Floors;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Output;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Commands;

/// <summary>What the bars need and nothing else; ends with the count of those reached.</summary>
internal static class QuickRun
{
    private static readonly RunSettings s_settings = new(5, TimeSpan.FromSeconds(0.4), 3, TimeSpan.FromSeconds(0.2), 5);
    private static readonly TimeSpan s_traced = TimeSpan.FromSeconds(2);

    internal static async Task<int> RunAsync(FileInfo? json)
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

        FloorsResult floors = await FloorsMeasurement.MeasureAsync(
            FloorsOptions.Quick with { Paths = FloorPaths.UnixSocket | FloorPaths.Ring | FloorPaths.RingInC });
        AddFloor(comparison, AllBars.FloorRoundTrip, floors.RingAgainstC?.Mean);
        AddFloor(comparison, AllBars.FloorStreaming, floors.RingStreamAgainstUnixSocket);
        comparison.Judge();
        if (json is not null)
        {
            comparison.Result.Save(json);
        }

        BarTable.Write(comparison.Result.Bars);
        return 0;
    }

    private static void AddFloor(Comparison comparison, string name, Spread? measured)
    {
        // Null: no C compiler here, say. Its bar then counts as not reached.
        if (measured is not null)
        {
            comparison.Result.Floors[name] = measured;
        }
    }
}
