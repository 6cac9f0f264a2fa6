namespace Tachyon.Measuring;

/// <summary>How a comparison is measured.</summary>
/// <param name="Rounds">Rounds of each candidate in each scenario.</param>
/// <param name="RoundLength">Length of a round.</param>
/// <param name="Repeats">How many disturbed rounds of one scenario are repeated; later ones count and are marked.</param>
/// <param name="WarmUpLength">Length of a window of the warm-up.</param>
/// <param name="WarmUpWindows">The maximum number of windows; the warm-up ends when two in a row agree.</param>
/// <param name="Pause">Time for the JIT compiler, which compiles in the background what the warm-up used.</param>
internal sealed record RunSettings(int Rounds, TimeSpan RoundLength, int Repeats, TimeSpan WarmUpLength, int WarmUpWindows, TimeSpan Pause);

/// <summary>All rounds of one scenario.</summary>
internal sealed record ScenarioResult<TRound>(string Name, string Family, IReadOnlyList<CandidateResult<TRound>> Candidates)
    where TRound : Round
{
    internal CandidateResult<TRound>? Named(string candidate) => Candidates.FirstOrDefault(result => result.Candidate == candidate);
}

/// <summary>The rounds of one candidate in one scenario, in their order.</summary>
internal sealed record CandidateResult<TRound>(string Candidate, IReadOnlyList<TRound> Rounds)
    where TRound : Round
{
    internal Spread Of(Func<TRound, double> quantity) => Spread.Of(Rounds.Select(quantity));

    internal Spread RatioTo(CandidateResult<TRound> reference, Func<TRound, double> quantity)
        => Spread.OfRatios(Rounds, reference.Rounds, quantity);
}

/// <summary>The order of the candidates within a round.</summary>
internal static class Interleaving
{
    /// <summary>Each round begins with another candidate, so that none always runs after the same one.</summary>
    internal static IEnumerable<int> Order(int round, int candidates)
        => Enumerable.Range(0, candidates).Select(turn => (round + turn) % candidates);
}

/// <summary>Measures one scenario: a warm-up, then interleaved rounds of all candidates.</summary>
internal sealed class ScenarioRunner<TRound>(IReadOnlyList<ICandidateClient<TRound>> clients, RunSettings settings)
    where TRound : Round
{
    // Two windows that differ by less show that the JIT compiler is done.
    private const double Stable = 0.05;

    internal async Task<ScenarioResult<TRound>> MeasureAsync(Scenario scenario, CancellationToken cancellationToken = default)
    {
        foreach (var client in clients)
        {
            await WarmUpAsync(client, scenario, cancellationToken).ConfigureAwait(false);
        }

        await Task.Delay(settings.Pause, cancellationToken).ConfigureAwait(false);

        List<TRound>[] rounds = [.. clients.Select(static _ => new List<TRound>())];
        var repeats = settings.Repeats;
        for (var index = 0; index < settings.Rounds;)
        {
            var round = await RunRoundAsync(scenario, index, cancellationToken).ConfigureAwait(false);
            if (round.Any(static one => one.Disturbed) && repeats-- > 0)
            {
                // All candidates again: a ratio compares within a round.
                await Task.Delay(settings.Pause, cancellationToken).ConfigureAwait(false);
                continue;
            }

            for (var i = 0; i < round.Length; i++)
            {
                rounds[i].Add(round[i]);
            }

            index++;
        }

        return new ScenarioResult<TRound>(
            scenario.Name, scenario.Family, [.. clients.Select((client, i) => new CandidateResult<TRound>(client.Name, rounds[i]))]);
    }

    /// <summary>One round on new channels, closed again: nothing of this candidate runs beside the next one's round.</summary>
    internal static async Task<TRound> MeasureOnceAsync(
        ICandidateClient<TRound> client, Scenario scenario, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        await client.OpenAsync(scenario, cancellationToken).ConfigureAwait(false);
        var round = await client.RunAsync(duration, cancellationToken).ConfigureAwait(false);
        await client.CloseAsync().ConfigureAwait(false);
        return round;
    }

    private async Task WarmUpAsync(ICandidateClient<TRound> client, Scenario scenario, CancellationToken cancellationToken)
    {
        await client.OpenAsync(scenario, cancellationToken).ConfigureAwait(false);
        double last = 0;

        // By time, not by count: where a single operation takes longer than a window, a few windows are enough.
        for (var left = settings.WarmUpWindows * settings.WarmUpLength.TotalSeconds; left > 0;)
        {
            var window = await client.RunAsync(settings.WarmUpLength, cancellationToken).ConfigureAwait(false);
            if (Math.Abs(window.Rate - last) < Stable * window.Rate)
            {
                break;
            }

            last = window.Rate;
            left -= window.Seconds;
        }

        await client.CloseAsync().ConfigureAwait(false);
    }

    private async Task<TRound[]> RunRoundAsync(Scenario scenario, int index, CancellationToken cancellationToken)
    {
        var round = new TRound[clients.Count];
        foreach (var turn in Interleaving.Order(index, round.Length))
        {
            round[turn] = await MeasureOnceAsync(clients[turn], scenario, settings.RoundLength, cancellationToken).ConfigureAwait(false);
        }

        return round;
    }
}
