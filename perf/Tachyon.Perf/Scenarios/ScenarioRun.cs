using System.Diagnostics;
using Grpc.Net.Client;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Service;

namespace Tachyon.Perf.Scenarios;

/// <summary>One round of a scenario in the client process: what it may use, and what it found.</summary>
internal sealed class ScenarioRun
{
    private const int MostOperationsPerSecond = 300_000;

    private readonly LatencyRecorder[] _recorders;
    private long _operations;
    private long _bytes;
    private long _start;

    internal ScenarioRun(Scenario scenario, IReadOnlyList<Echo.EchoClient> clients, Func<GrpcChannel> connect, TimeSpan duration)
    {
        Clients = clients;
        Connect = connect;
        Duration = duration;

        // Made before the round, so that they are not counted as its allocations.
        int capacity = (int)(MostOperationsPerSecond * duration.TotalSeconds / Math.Max(1, scenario.Concurrency)) + 256;
        _recorders = [.. Enumerable.Range(0, scenario.Concurrency).Select(_ => new LatencyRecorder(capacity))];
    }

    internal IReadOnlyList<Echo.EchoClient> Clients { get; }

    internal Func<GrpcChannel> Connect { get; }

    internal TimeSpan Duration { get; }

    internal bool Over => Stopwatch.GetElapsedTime(_start) >= Duration;

    internal double Operations => _operations + _recorders.Sum(recorder => (double)recorder.Count);

    internal double Bytes => _bytes;

    internal void Begin() => _start = Stopwatch.GetTimestamp();

    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    internal Latencies? Latencies() => Measurement.Latencies.Of(_recorders);

    /// <summary>Messages of a stream, whose single latencies mean nothing.</summary>
    internal void AddMessages(long count, long bytes)
    {
        _operations += count;
        _bytes += bytes;
    }

    /// <summary>Runs an operation again and again in each of the loops, and records how long each took.</summary>
    internal Task LoopAsync(Func<int, Task> operation)
        => Task.WhenAll(Enumerable.Range(0, _recorders.Length).Select(loop => Task.Run(async () =>
        {
            while (!Over)
            {
                await RecordAsync(loop, operation);
            }
        })));

    internal async Task RecordAsync(int loop, Func<int, Task> operation)
    {
        long begin = Stopwatch.GetTimestamp();
        await operation(loop);
        _recorders[loop].Add(Stopwatch.GetTimestamp() - begin);
    }
}
