using Microsoft.AspNetCore.Builder;
using Tachyon.Measuring;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Workers;

/// <summary>The server process of one candidate.</summary>
internal sealed class ServerWorker(Candidate candidate, string path)
{
    private WebApplication? _server;
    private RawEchoServer? _echo;

    internal static int Run(Candidate candidate, string path)
    {
        var worker = new ServerWorker(candidate, path);
        return WorkerLoop.Run(worker.StartAsync, AnswerAsync, worker.StopAsync);
    }

    internal async Task<string> StartAsync()
    {
        _server = candidate.CreateServer(path);
        await _server.StartAsync();
        if (candidate is TachyonCandidate tachyon)
        {
            _echo = RawEchoServer.Start(tachyon.Mode, path);
        }

        return candidate.AddressOf(_server, path);
    }

    internal async Task StopAsync()
    {
        if (_echo is not null)
        {
            await _echo.DisposeAsync();
        }

        await _server!.DisposeAsync();
    }

    private static Task<WorkerReply> AnswerAsync(WorkerRequest request) => Task.FromResult<WorkerReply>(request switch
    {
        UsageQuery => new UsageReply(OwnProcess.Usage()),
        MemoryQuery => new MemoryReply(MemoryUse.Own()),
        _ => new FailedReply($"A server has no answer to {request}."),
    });
}
