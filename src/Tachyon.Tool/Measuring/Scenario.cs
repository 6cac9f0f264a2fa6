using System.Diagnostics;

namespace Tachyon.Measuring;

/// <summary>A kind of calls that is measured.</summary>
/// <param name="Name">Its name in tables and on the command line.</param>
/// <param name="Family">The table that it belongs to.</param>
/// <param name="Connections">Channels that are open, and were used once, before the round begins.</param>
/// <param name="Concurrency">Loops of the body that record latencies.</param>
/// <param name="Body">Works until the round is over.</param>
internal sealed record Scenario(string Name, string Family, int Connections, int Concurrency, Func<ScenarioRun, Task> Body)
{
    /// <summary>Endless loops of other processes that take the cores during the rounds.</summary>
    internal int BusyLoops { get; init; }
}

/// <summary>One round of a scenario in the client process: what the body uses, and what it found.</summary>
internal sealed class ScenarioRun
{
    private const int MaxOperationsPerSecond = 300_000;

    private readonly Scenario _scenario;
    private readonly LatencyRecorder[] _recorders;
    private long _operations;
    private long _bytes;
    private long _start;
    private TimeSpan _elapsed;

    internal ScenarioRun(
        Scenario scenario,
        IReadOnlyList<Echo.EchoClient> clients,
        Func<CandidateChannel> connect,
        TimeSpan duration,
        CancellationToken canceled)
    {
        _scenario = scenario;
        Clients = clients;
        Connect = connect;
        Duration = duration;
        Canceled = canceled;

        // Allocated before the round, so that they do not count as its allocations.
        var capacity = (int)(MaxOperationsPerSecond * duration.TotalSeconds / Math.Max(1, scenario.Concurrency)) + 256;
        _recorders = [.. Enumerable.Range(0, scenario.Concurrency).Select(_ => new LatencyRecorder(capacity))];
    }

    internal IReadOnlyList<Echo.EchoClient> Clients { get; }

    internal Func<CandidateChannel> Connect { get; }

    internal TimeSpan Duration { get; }

    /// <summary>The user interrupted the measurement.</summary>
    internal CancellationToken Canceled { get; }

    internal bool Over => Stopwatch.GetElapsedTime(_start) >= Duration;

    internal async Task ExecuteAsync()
    {
        _start = Stopwatch.GetTimestamp();

        // On a thread of the pool, as in an application.
        await Task.Run(() => _scenario.Body(this)).ConfigureAwait(false);
        _elapsed = Stopwatch.GetElapsedTime(_start);
    }

    /// <summary>The result, after <see cref="ExecuteAsync"/>.</summary>
    internal Round ToRound() => new(
        _elapsed.TotalSeconds, _operations + _recorders.Sum(static recorder => (double)recorder.Count), _bytes, Latencies.Of(_recorders));

    /// <summary>Counts messages of a stream, where the latency of one message means nothing.</summary>
    internal void AddMessages(long count, long bytes)
    {
        _operations += count;
        _bytes += bytes;
    }

    /// <summary>Repeats an operation in each of the loops, at least once, and records how long each took.</summary>
    internal Task LoopAsync(Func<int, Task> operation)
        => Task.WhenAll(Enumerable.Range(0, _recorders.Length).Select(loop => Task.Run(async () =>
        {
            do
            {
                await RecordAsync(loop, operation).ConfigureAwait(false);
            }
            while (!Over);
        })));

    internal async Task RecordAsync(int loop, Func<int, Task> operation)
    {
        var begin = Stopwatch.GetTimestamp();
        await operation(loop).ConfigureAwait(false);
        _recorders[loop].Add(Stopwatch.GetTimestamp() - begin);
    }
}
