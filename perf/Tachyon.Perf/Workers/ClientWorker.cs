using Grpc.Net.Client;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Scenarios;
using Tachyon.Perf.Service;

namespace Tachyon.Perf.Workers;

/// <summary>The client process of one rival; of a rival within one process the server too.</summary>
internal sealed class ClientWorker(Rival rival, string address)
{
    // Enough to open a thousand soon, too few to run into a limit of pending connections.
    private const int OpenAtOnce = 16;

    private readonly List<GrpcChannel> _channels = [];
    private readonly ServerWorker? _server = rival.InProcess ? new ServerWorker(rival, address) : null;
    private Scenario? _scenario;
    private EchoClient? _echo;

    internal static int Run(Rival rival, string address)
    {
        var worker = new ClientWorker(rival, address);
        return WorkerLoop.Run(worker.StartAsync, worker.AnswerAsync, worker.StopAsync);
    }

    private async Task<string> StartAsync() => _server is null ? address : await _server.StartAsync();

    private async Task StopAsync()
    {
        await CloseAsync();
        if (_server is not null)
        {
            await _server.StopAsync();
        }
    }

    private async Task<WorkerReply> AnswerAsync(WorkerRequest request) => request switch
    {
        UsageQuery => new UsageReply(OwnProcess.Usage()),
        MemoryQuery => new MemoryReply(MemoryUse.Own()),
        OpenRequest open => await OpenAsync(AllScenarios.Named(open.Scenario)),
        RunRequest run => await RunAsync(TimeSpan.FromSeconds(run.Seconds)),
        EchoRequest echo => await EchoAsync(echo.RoundTrips),
        CloseRequest => await CloseAsync(),
        _ => new FailedReply($"A client does not know what to do with {request}."),
    };

    private async Task<WorkerReply> OpenAsync(Scenario scenario)
    {
        _scenario = scenario;
        _channels.AddRange(Enumerable.Range(0, scenario.Connections).Select(_ => rival.CreateChannel(address)));
        Payload payload = Payloads.Create(64);
        await Parallel.ForEachAsync(
            _channels,
            new ParallelOptions { MaxDegreeOfParallelism = OpenAtOnce },
            async (channel, cancellationToken) => await new Echo.EchoClient(channel).UnaryAsync(payload, cancellationToken: cancellationToken));
        return new DoneReply();
    }

    private async Task<WorkerReply> RunAsync(TimeSpan duration)
    {
        Scenario scenario = _scenario ?? throw new InvalidOperationException("No scenario is open.");
        List<Echo.EchoClient> clients = [.. _channels.Select(channel => new Echo.EchoClient(channel))];
        var run = new ScenarioRun(scenario, clients, () => rival.CreateChannel(address), duration);
        Usage before = OwnProcess.Usage();
        run.Begin();

        // From a thread of the pool, as an application would.
        await Task.Run(() => scenario.Body(run));
        TimeSpan elapsed = run.Elapsed;
        Usage used = OwnProcess.Usage() - before;
        return new RunReply(elapsed.TotalSeconds, run.Operations, run.Bytes, run.Latencies(), used);
    }

    private async Task<WorkerReply> EchoAsync(int roundTrips)
    {
        _echo ??= await EchoClient.ConnectAsync(((TachyonRival)rival).Mode, address);
        await Task.Run(() => _echo.RunAsync(roundTrips));
        return new DoneReply();
    }

    private async Task<WorkerReply> CloseAsync()
    {
        foreach (GrpcChannel channel in _channels)
        {
            channel.Dispose();
        }

        _channels.Clear();
        _scenario = null;
        if (_echo is not null)
        {
            await _echo.DisposeAsync();
            _echo = null;
        }

        return new DoneReply();
    }
}
