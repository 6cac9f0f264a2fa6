using System.Diagnostics;
using System.Runtime.CompilerServices;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Explores a scenario and reports how many schedules it has.</summary>
internal static class ExploreAll
{
    /// <param name="scenario">See <see cref="Explorer.Explore"/>.</param>
    /// <param name="preemptions">
    /// Bound that a full run explores. A usual one stays within one preemption, unless stores arrive late. TACHYON_PREEMPTIONS adds to
    /// either. Null: all schedules.
    /// </param>
    /// <param name="storeBuffers">See <see cref="Explorer.Explore"/>.</param>
    /// <param name="name">Of the test.</param>
    internal static void Schedule(
        Action<Execution> scenario, int? preemptions = null, bool storeBuffers = false, [CallerMemberName] string name = "")
    {
        var start = Stopwatch.GetTimestamp();
        var limit = TestSize.IsFull || storeBuffers || preemptions is null ? preemptions : Math.Min(preemptions.Value, 1);
        var bound = limit + TestSize.Of("TACHYON_PREEMPTIONS", 0);
        var schedules = Explorer.Explore(scenario, bound, storeBuffers);
        var how = bound is null ? "all" : $"within {bound} preemptions";
        Figures.Report("schedules explored", schedules);
        Console.WriteLine($"{schedules,7} schedules ({how}), {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {name}");
        Assert.True(schedules > 1, "there was nothing to explore");
    }
}
