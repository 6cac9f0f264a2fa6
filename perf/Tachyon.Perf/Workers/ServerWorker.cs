using Microsoft.AspNetCore.Builder;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Rivals;

namespace Tachyon.Perf.Workers;

/// <summary>The server process of one rival.</summary>
internal sealed class ServerWorker(Rival rival, string path)
{
    private WebApplication? _server;
    private EchoListener? _echo;

    internal static int Run(Rival rival, string path)
    {
        var worker = new ServerWorker(rival, path);
        return WorkerLoop.Run(worker.StartAsync, AnswerAsync, worker.StopAsync);
    }

    internal async Task<string> StartAsync()
    {
        _server = rival.CreateServer(path);
        await _server.StartAsync();
        if (rival is TachyonRival tachyon)
        {
            _echo = EchoListener.Start(tachyon.Mode, path);
        }

        return rival.AddressOf(_server, path);
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
        _ => new FailedReply($"A server does not know what to do with {request}."),
    });
}
