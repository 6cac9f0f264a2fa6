using System.Diagnostics;
using System.Runtime.CompilerServices;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Explores a scenario and reports how many schedules it has.</summary>
internal static class Every
{
    internal static void Schedule(
        Action<Execution> scenario, int? preemptions = null, bool storeBuffers = false, [CallerMemberName] string name = "")
    {
        long start = Stopwatch.GetTimestamp();
        long schedules = Explorer.Explore(scenario, preemptions, storeBuffers);
        Console.WriteLine($"schedules explored: {schedules} {(preemptions is { } bound ? $"within {bound} preemptions" : "(all)")}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {name}");
        Assert.True(schedules > 1, "there was nothing to explore");
    }
}
