using Tachyon.Perf.Service;

namespace Tachyon.Perf.Scenarios;

/// <summary>Handlers that need the cores or the threads that polling might take from them.</summary>
internal static class HandlerScenarios
{
    // Some 200 us where a step takes 1.5 ns.
    private static readonly WorkRequest s_compute = new() { Steps = 130_000 };
    private static readonly WorkRequest s_block = new() { BlockMs = 2 };

    internal static Scenario Compute()
        => new("handlers compute", "handlers", 1, 8, run => run.LoopAsync(async _ => await run.Clients[0].WorkAsync(s_compute)));

    internal static Scenario Block()
        => new("handlers block", "handlers", 1, 32, run => run.LoopAsync(async _ => await run.Clients[0].WorkAsync(s_block)));
}
