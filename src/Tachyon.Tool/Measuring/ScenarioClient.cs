namespace Tachyon.Measuring;

/// <summary>The client of a candidate: in this process, or in one that is asked to do it.</summary>
internal interface ICandidateClient<TRound>
    where TRound : Round
{
    string Name { get; }

    /// <summary>Opens new channels for a scenario and makes one call on each.</summary>
    Task OpenAsync(Scenario scenario, CancellationToken cancellationToken);

    /// <summary>Runs the open scenario.</summary>
    Task<TRound> RunAsync(TimeSpan duration, CancellationToken cancellationToken);

    Task CloseAsync();
}

/// <summary>Runs scenarios against one server, in this process.</summary>
internal sealed class ScenarioClient(Candidate candidate, string address) : ICandidateClient<Round>, IDisposable
{
    // Enough to open a thousand soon, too few to reach the limit of pending connections.
    private const int OpenAtOnce = 16;

    private readonly List<CandidateChannel> _channels = [];
    private Scenario? _scenario;

    public string Name => candidate.Name;

    public async Task OpenAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        _scenario = scenario;
        _channels.AddRange(Enumerable.Range(0, scenario.Connections).Select(_ => candidate.CreateChannel(address)));
        var payload = EchoScenarios.CreatePayload(64);
        var options = new ParallelOptions { MaxDegreeOfParallelism = OpenAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_channels, options, CallAsync).ConfigureAwait(false);

        async ValueTask CallAsync(CandidateChannel channel, CancellationToken canceled)
            => await channel.Client.UnaryAsync(payload, cancellationToken: canceled).ConfigureAwait(false);
    }

    /// <summary>Prepares a round, for a caller that takes its own measurements right before and after the execution.</summary>
    internal ScenarioRun Prepare(TimeSpan duration, CancellationToken cancellationToken)
    {
        var scenario = _scenario ?? throw new InvalidOperationException("No scenario is open.");
        List<Echo.EchoClient> clients = [.. _channels.Select(static channel => channel.Client)];
        return new ScenarioRun(scenario, clients, () => candidate.CreateChannel(address), duration, cancellationToken);
    }

    public async Task<Round> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var run = Prepare(duration, cancellationToken);
        await run.ExecuteAsync().ConfigureAwait(false);
        return run.ToRound();
    }

    public Task CloseAsync()
    {
        _channels.ForEach(static channel => channel.Dispose());
        _channels.Clear();
        _scenario = null;
        return Task.CompletedTask;
    }

    public void Dispose() => _channels.ForEach(static channel => channel.Dispose());
}
