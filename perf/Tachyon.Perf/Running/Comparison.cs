using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;
using Tachyon.Perf.Targets;

namespace Tachyon.Perf.Running;

/// <summary>A whole run: starts the processes, measures, and ends them.</summary>
internal sealed class Comparison : IAsyncDisposable
{
    private static readonly TimeSpan s_firstWarmUp = TimeSpan.FromSeconds(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tachyon-perf-");
    private readonly List<CandidateProcesses> _candidates = [];
    private readonly Action<string> _progress;

    private readonly Confinement _confinement;

    private Comparison(RunSettings settings, Confinement confinement, Action<string> progress)
    {
        _progress = progress;
        _confinement = confinement;
        Result = new RunResult(Machine.Read(), Conditions.Read(confinement), settings);
    }

    internal RunResult Result { get; }

    internal static async Task<Comparison> StartAsync(
        IEnumerable<Candidate> candidates, RunSettings settings, Action<string> progress, string confinement = "none")
    {
        var comparison = new Comparison(settings, new Confinement(confinement), progress);
        try
        {
            foreach (var candidate in candidates)
            {
                progress($"starting {candidate.Name}");
                var processes = await CandidateProcesses.StartAsync(candidate, comparison._directory, comparison._confinement);
                comparison._candidates.Add(processes);

                // The code that all scenarios share: most of what the JIT compiles.
                await processes.MeasureAsync(AllScenarios.Named("unary 64 B x16"), s_firstWarmUp);
            }

            return comparison;
        }
        catch
        {
            await comparison.DisposeAsync();
            throw;
        }
    }

    /// <param name="scenario">What to measure.</param>
    /// <param name="names">The candidates; null for all.</param>
    internal async Task MeasureAsync(Scenario scenario, IReadOnlyCollection<string>? names = null)
    {
        _progress(scenario.Name);
        List<CandidateProcesses> candidates = [.. _candidates.Where(candidate => names?.Contains(candidate.Name) ?? true)];
        if (scenario.Name == AllScenarios.Idle)
        {
            foreach (var candidate in candidates)
            {
                Result.Idle.Add(await IdleProbe.MeasureAsync(candidate));
            }

            return;
        }

        await using var loops = BusyLoops.Start(scenario.BusyLoops);
        candidates.ForEach(candidate => candidate.Beside = loops);
        Result.Scenarios.Add(await new ScenarioRunner<UsageRound>(candidates, Result.Settings).MeasureAsync(scenario));
        candidates.ForEach(static candidate => candidate.Beside = BusyLoops.None);
    }

    internal async Task CountCrossingsAsync(string candidate, TimeSpan duration)
    {
        _progress($"crossings {candidate}");
        Result.Crossings.Add(await CrossingsProbe.MeasureAsync(Named(candidate), duration));
    }

    internal async Task CountAllocationsAsync(string candidate)
    {
        _progress($"allocations {candidate}");
        Result.Allocations.Add(await AllocationProbe.MeasureAsync(Named(candidate)));
    }

    internal void Judge()
    {
        Result.Targets.Clear();
        Result.Targets.AddRange(TargetJudge.Judge(Result));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
        {
            await candidate.DisposeAsync();
        }

        _confinement.Dispose();
        _directory.Delete(recursive: true);
    }

    private CandidateProcesses Named(string name)
        => _candidates.Find(candidate => candidate.Name == name) ?? throw new MeasurementException($"'{name}' takes no part in this run.");
}
