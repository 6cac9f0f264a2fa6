using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Workers;

/// <summary>The client process of one candidate; it hosts the server too where both run in one process.</summary>
internal sealed class ClientWorker(Candidate candidate, string address, ScenarioClient client)
{
    private readonly ServerWorker? _server = candidate.InProcess ? new ServerWorker(candidate, address) : null;
    private RawEchoClient? _echo;

    internal static int Run(Candidate candidate, string address)
    {
        using var client = new ScenarioClient(candidate, address);
        var worker = new ClientWorker(candidate, address, client);
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

    private async Task<WorkerReply> AnswerAsync(WorkerRequest request)
    {
        switch (request)
        {
            case UsageQuery:
                return new UsageReply(OwnProcess.Usage());
            case MemoryQuery:
                return new MemoryReply(MemoryUse.Own());
            case RunRequest run:
                return await RunAsync(TimeSpan.FromSeconds(run.Seconds));
            case OpenRequest open:
                await client.OpenAsync(AllScenarios.Named(open.Scenario), default);
                break;
            case EchoRequest echo:
                _echo ??= await RawEchoClient.ConnectAsync(((TachyonCandidate)candidate).Mode, address);
                await Task.Run(() => _echo.RunAsync(echo.RoundTrips));
                break;
            case CloseRequest:
                await CloseAsync();
                break;
            default:
                return new FailedReply($"A client has no answer to {request}.");
        }

        return new DoneReply();
    }

    private async Task<WorkerReply> RunAsync(TimeSpan duration)
    {
        var run = client.Prepare(duration, default);
        var before = OwnProcess.Usage();
        await run.ExecuteAsync();
        var used = OwnProcess.Usage() - before;
        return new RunReply(run.ToRound(), used);
    }

    private async Task CloseAsync()
    {
        await client.CloseAsync();
        if (_echo is not null)
        {
            await _echo.DisposeAsync();
            _echo = null;
        }
    }
}
