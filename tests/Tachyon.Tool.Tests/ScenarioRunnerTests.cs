using Tachyon.Measuring;

namespace Tachyon.Tool.Tests;

/// <summary>The measuring core that 'tachyon bench' and perf share, with clients that only note what they are asked.</summary>
public sealed class ScenarioRunnerTests
{
    private static readonly Scenario s_scenario = new("scenario", "family", 1, 1, static _ => Task.CompletedTask);

    [Fact]
    public async Task Rounds_are_interleaved_and_each_begins_with_another_candidate()
    {
        List<string> log = [];
        NotingClient[] clients = [new("a", log), new("b", log), new("c", log)];

        var result = await MeasureAsync(clients, rounds: 4, repeats: 0);

        Assert.Equal(["a", "b", "c"], result.Candidates.Select(static candidate => candidate.Candidate));
        Assert.All(result.Candidates, static candidate => Assert.Equal(4, candidate.Rounds.Count));

        // After one warm-up of each.
        Assert.Equal("abc" + "abc" + "bca" + "cab" + "abc", string.Concat(log));
        Assert.All(clients, static client => Assert.False(client.IsOpen));
    }

    [Fact]
    public async Task Disturbed_round_is_repeated_by_all_candidates_until_the_repeats_are_used()
    {
        List<string> log = [];
        NotingClient[] clients = [new("a", log), new("b", log) { Disturbed = true }];

        var result = await MeasureAsync(clients, rounds: 2, repeats: 3);

        Assert.All(result.Candidates, static candidate => Assert.Equal(2, candidate.Rounds.Count));
        Assert.All(result.Named("b")!.Rounds, static round => Assert.True(round.Disturbed));
        const int WarmUps = 1;
        Assert.Equal(WarmUps + 2 + 3, log.Count(static name => name == "a"));
        Assert.Equal(WarmUps + 2 + 3, log.Count(static name => name == "b"));
    }

    [Fact]
    public async Task Warm_up_ends_when_two_windows_agree()
    {
        List<string> log = [];
        NotingClient[] clients = [new("a", log)];

        await MeasureAsync(clients, rounds: 1, repeats: 0, warmUpWindows: 50);

        // Two windows that agree, then the round.
        Assert.Equal("aaa", string.Concat(log));
    }

    [Fact]
    public void Ratio_compares_within_a_round()
    {
        var mine = Result("mine", 2, 30, 8);
        var reference = Result("reference", 1, 10, 8);

        Assert.Equal(new Spread(2, 1, 3), mine.RatioTo(reference, static round => round.Rate));
        Assert.Equal(new Spread(8, 2, 30), mine.Of(static round => round.Rate));
    }

    private static CandidateResult<Round> Result(string name, params double[] rates)
        => new(name, [.. rates.Select(static rate => new Round(1, rate, 0, null))]);

    private static Task<ScenarioResult<Round>> MeasureAsync(NotingClient[] clients, int rounds, int repeats, int warmUpWindows = 1)
    {
        var length = TimeSpan.FromSeconds(1);
        var settings = new RunSettings(rounds, length, repeats, length, warmUpWindows, Pause: TimeSpan.Zero);
        return new ScenarioRunner<Round>(clients, settings).MeasureAsync(s_scenario);
    }

    private sealed class NotingClient(string name, List<string> log) : ICandidateClient<Round>
    {
        public string Name => name;

        internal bool Disturbed { get; init; }

        internal bool IsOpen { get; private set; }

        public Task OpenAsync(Scenario scenario, CancellationToken cancellationToken)
        {
            Assert.Same(s_scenario, scenario);
            IsOpen = true;
            return Task.CompletedTask;
        }

        public Task<Round> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
        {
            Assert.True(IsOpen);
            log.Add(name);
            return Task.FromResult<Round>(new NotedRound(duration.TotalSeconds, Disturbed));
        }

        public Task CloseAsync()
        {
            IsOpen = false;
            return Task.CompletedTask;
        }
    }

    private sealed record NotedRound(double Seconds, bool IsDisturbed) : Round(Seconds, 100, 0, null)
    {
        public override bool Disturbed => IsDisturbed;
    }
}
