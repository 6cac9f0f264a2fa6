using BenchmarkDotNet.Attributes;
using Tachyon.Transport;

namespace Tachyon.Benchmarks;

/// <summary>
/// Round trips over many connections at once, each with one message under way. Both ends of all of them live in this process and share its
/// pollers: the time of one round trip is what a poller needs for two completions, with a small write and a read for each.
/// </summary>
/// <remarks>TACHYON_REACTORS=N in the environment shares the connections between N reactors and their pollers.</remarks>
public class ConnectionsBenchmarks
{
    private const int RoundTrips = 10_000;

    private readonly byte[] _message = new byte[64];
    private readonly List<TachyonPair> _pairs = [];
    private readonly List<Task> _echoes = [];

    [Params(1, 10, 100, 1_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public async Task OpenAsync()
    {
        for (var i = 0; i < Connections; i++)
        {
            var pair = await TachyonPair.ConnectAsync(TachyonWaitMode.Adaptive);
            pair.Client.AllowInlineContinuations = true;
            pair.Server.AllowInlineContinuations = true;
            _pairs.Add(pair);
            _echoes.Add(Echo.PipeAsync(pair.Server.Input, pair.Server.Output));
        }
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        _pairs.ForEach(static pair => pair.Client.CompleteOutput());
        await Task.WhenAll(_echoes);
        foreach (var pair in _pairs)
        {
            await pair.DisposeAsync();
        }
    }

    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public Task RoundTrip() => Task.WhenAll(_pairs.Select(RunAsync));

    private async Task RunAsync(TachyonPair pair)
    {
        var client = pair.Client.GetStream();
        var received = new byte[_message.Length];
        await Transfer.StreamAsync(client, client, _message, received, RoundTrips / Connections);
    }
}
