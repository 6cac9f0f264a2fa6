using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Running;

/// <summary>The cost of a thousand idle connections that were used once.</summary>
/// <param name="Candidate">Name of the candidate.</param>
/// <param name="Connections">How many.</param>
/// <param name="CpuPercent">Of one core, both processes together.</param>
/// <param name="KiBPerConnection">Resident memory of both processes that came with a connection.</param>
/// <param name="SharedKiBPerConnection">Of that, shared memory: rings and their control words.</param>
internal sealed record IdleResult(
    string Candidate, int Connections, double CpuPercent, double KiBPerConnection, double SharedKiBPerConnection);

internal static class IdleProbe
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(3);

    internal static async Task<IdleResult> MeasureAsync(CandidateProcesses candidate)
    {
        var scenario = AllScenarios.Named(AllScenarios.Idle);

        // What the processes keep (code, pools, threads) belongs to no connection: it is allocated before.
        await candidate.MeasureAsync(AllScenarios.Named("connections 100 (all busy)"), s_warmUp);
        await candidate.MeasureAsync(AllScenarios.Named(AllScenarios.IdleOne), TimeSpan.Zero);
        var before = await candidate.MemoryAsync();
        await candidate.OpenAsync(scenario);
        var more = await candidate.MemoryAsync() - before;

        // The garbage collection and the JIT compiler still work in the background.
        await Task.Delay(s_settle);
        var idle = await candidate.RunAsync(s_idle);
        await candidate.CloseAsync();
        return new IdleResult(
            candidate.Name,
            scenario.Connections,
            100 * (idle.Client.CpuUs + idle.Server.CpuUs) / (idle.Seconds * 1e6),
            more.KiB / scenario.Connections,
            more.SharedMemoryKiB / scenario.Connections);
    }
}
