using Tachyon.Perf.Bars;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Scenarios;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf.Running;

/// <summary>A whole run: starts the workers, measures, and ends them.</summary>
internal sealed class Comparison : IAsyncDisposable
{
    private static readonly TimeSpan s_firstWarmUp = TimeSpan.FromSeconds(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tachyon-perf-");
    private readonly List<Contestant> _contestants = [];
    private readonly Action<string> _progress;

    private Comparison(RunSettings settings, Action<string> progress)
    {
        _progress = progress;
        Result = new RunResult(Machine.ThisOne(), settings);
    }

    internal RunResult Result { get; }

    internal static async Task<Comparison> StartAsync(IEnumerable<Rival> rivals, RunSettings settings, Action<string> progress)
    {
        var comparison = new Comparison(settings, progress);
        try
        {
            foreach (Rival rival in rivals)
            {
                progress($"starting {rival.Name}");
                Contestant contestant = await Contestant.StartAsync(rival, comparison._directory);
                comparison._contestants.Add(contestant);

                // What all scenarios have in common: most of what the JIT will ever compile.
                await contestant.MeasureAsync(AllScenarios.Named("unary 64 B x16"), s_firstWarmUp);
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
    /// <param name="rivals">Who takes part; null for all.</param>
    internal async Task MeasureAsync(Scenario scenario, IReadOnlyCollection<string>? rivals = null)
    {
        _progress(scenario.Name);
        List<Contestant> contestants = [.. _contestants.Where(contestant => rivals?.Contains(contestant.Rival.Name) ?? true)];
        if (scenario.Name == AllScenarios.Idle)
        {
            foreach (Contestant contestant in contestants)
            {
                Result.Idle.Add(await IdleProbe.MeasureAsync(contestant));
            }

            return;
        }

        Result.Scenarios.Add(await new ScenarioRunner(contestants, Result.Settings).MeasureAsync(scenario));
    }

    internal async Task CountCrossingsAsync(string rival, TimeSpan duration)
    {
        _progress($"crossings {rival}");
        Result.Crossings.Add(await CrossingsProbe.MeasureAsync(Named(rival), duration));
    }

    internal async Task CountAllocationsAsync(string rival)
    {
        _progress($"allocations {rival}");
        Result.Allocations.Add(await AllocationProbe.MeasureAsync(Named(rival)));
    }

    internal void Judge()
    {
        Result.Bars.Clear();
        Result.Bars.AddRange(BarJudge.Judge(Result));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Contestant contestant in _contestants)
        {
            await contestant.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    private Contestant Named(string rival)
        => _contestants.Find(contestant => contestant.Rival.Name == rival) ?? throw new WorkerException($"'{rival}' takes no part in this run.");
}
