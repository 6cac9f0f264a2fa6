using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Running;

/// <summary>What a thousand connections cost that were used once and now rest.</summary>
/// <param name="Rival">Of whom.</param>
/// <param name="Connections">How many.</param>
/// <param name="CpuPercent">Of one core, both processes together.</param>
/// <param name="KiBPerConnection">Resident memory of both processes that came with a connection.</param>
/// <param name="SharedKiBPerConnection">Of that, shared memory: rings and their control words.</param>
internal sealed record IdleResult(string Rival, int Connections, double CpuPercent, double KiBPerConnection, double SharedKiBPerConnection);

internal static class IdleProbe
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(3);

    internal static async Task<IdleResult> MeasureAsync(Contestant contestant)
    {
        Scenario scenario = AllScenarios.Named(AllScenarios.Idle);

        // What the processes keep for good (code, pools, threads) belongs to no connection: have it made before.
        await contestant.MeasureAsync(AllScenarios.Named("connections 100 (all busy)"), s_warmUp);
        await contestant.MeasureAsync(AllScenarios.Named(AllScenarios.Resting), TimeSpan.Zero);
        MemoryUse before = await contestant.MemoryAsync();
        await contestant.OpenAsync(scenario);
        MemoryUse more = await contestant.MemoryAsync() - before;

        // The collection, and what the JIT still has to do in the background, are no rest.
        await Task.Delay(s_settle);
        Round rest = await contestant.RunAsync(s_rest);
        await contestant.CloseAsync();
        return new IdleResult(
            contestant.Rival.Name,
            scenario.Connections,
            100 * (rest.Client.CpuUs + rest.Server.CpuUs) / (rest.Seconds * 1e6),
            more.KiB / scenario.Connections,
            more.SharedMemoryKiB / scenario.Connections);
    }
}
