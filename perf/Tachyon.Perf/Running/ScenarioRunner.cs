using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Running;

/// <summary>Measures one scenario: warm-up, then rounds in which the rivals take turns.</summary>
internal sealed class ScenarioRunner(IReadOnlyList<Contestant> contestants, RunSettings settings)
{
    // Two windows that differ by less say that the JIT is done.
    private const double Stable = 0.05;

    // The JIT compiles in the background what the warm-up made hot. It belongs to nobody's round.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(0.3);

    internal async Task<ScenarioResult> MeasureAsync(Scenario scenario)
    {
        foreach (Contestant contestant in contestants)
        {
            await WarmUpAsync(contestant, scenario);
        }

        await Task.Delay(s_settle);

        List<Round>[] rounds = [.. contestants.Select(_ => new List<Round>())];
        int repeats = settings.Repeats;
        for (int index = 0; index < settings.Rounds;)
        {
            Round[] round = await RunRoundAsync(scenario, index);
            if (round.Any(one => one.Disturbed) && repeats-- > 0)
            {
                // All of them again: ratios are made within a round.
                await Task.Delay(s_settle);
                continue;
            }

            for (int i = 0; i < round.Length; i++)
            {
                rounds[i].Add(round[i]);
            }

            index++;
        }

        return new ScenarioResult(
            scenario.Name, scenario.Family, [.. contestants.Select((contestant, i) => new RivalResult(contestant.Rival.Name, rounds[i]))]);
    }

    private async Task WarmUpAsync(Contestant contestant, Scenario scenario)
    {
        await contestant.OpenAsync(scenario);
        double last = 0;

        // By time, not by count: where a single operation takes longer than a window, a few windows are enough.
        for (double left = settings.WarmUpWindows * settings.WarmUpLength.TotalSeconds; left > 0;)
        {
            Round window = await contestant.RunAsync(settings.WarmUpLength);
            if (Math.Abs(window.Rate - last) < Stable * window.Rate)
            {
                break;
            }

            last = window.Rate;
            left -= window.Seconds;
        }

        await contestant.CloseAsync();
    }

    private async Task<Round[]> RunRoundAsync(Scenario scenario, int index)
    {
        var round = new Round[contestants.Count];
        for (int i = 0; i < round.Length; i++)
        {
            // Another one begins each time: nobody always runs after the same neighbor.
            int turn = (index + i) % round.Length;
            round[turn] = await contestants[turn].MeasureAsync(scenario, settings.RoundLength);
        }

        return round;
    }
}
