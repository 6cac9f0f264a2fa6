using System.Text.Json;
using Tachyon.Measuring;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Workers;

/// <summary>A worker process, as the orchestrator sees it.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private static readonly TimeSpan s_replyLimit = TimeSpan.FromMinutes(2);

    private readonly string _name;
    private readonly ChildProcess _process;

    private Worker(string name, ChildProcess process)
    {
        _name = name;
        _process = process;
    }

    internal string Address { get; private set; } = "";

    internal int ProcessId => _process.Id;

    /// <summary>Starts this program again with a hidden command.</summary>
    internal static async Task<Worker> StartAsync(string command, string candidate, string path, IReadOnlyList<string> wrapper)
    {
        var name = $"worker '{command} {candidate}'";
        var worker = new Worker(name, ChildProcess.StartUnder(wrapper, name, [command, candidate, path]));
        try
        {
            worker.Address = (await worker.ReplyAsync<ReadyReply>("start")).Address;
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    internal async Task<Usage> UsageAsync() => (await AskAsync<UsageReply>(new UsageQuery())).Usage;

    internal async Task<MemoryUse> MemoryAsync() => (await AskAsync<MemoryReply>(new MemoryQuery())).Memory;

    internal async Task<TReply> AskAsync<TReply>(WorkerRequest request)
        where TReply : WorkerReply
    {
        await _process.WriteLineAsync(JsonSerializer.Serialize(request, WorkerJson.Default.WorkerRequest));
        return await ReplyAsync<TReply>(request.ToString());
    }

    /// <summary>Throws if the process is dead: the errors of its peer are only a consequence.</summary>
    internal async Task ThrowIfDeadAsync()
    {
        if (_process.HasExited)
        {
            throw await _process.FailureAsync();
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<TReply> ReplyAsync<TReply>(string request)
        where TReply : WorkerReply
    {
        var line = await _process.ReadLineAsync(s_replyLimit);
        try
        {
            return JsonSerializer.Deserialize(line, WorkerJson.Default.WorkerReply) switch
            {
                TReply reply => reply,
                FailedReply failed => throw new MeasurementException($"The {_name} failed on '{request}': {failed.Error}"),
                _ => throw new JsonException(),
            };
        }
        catch (JsonException exception)
        {
            throw new MeasurementException($"The {_name} answered '{request}' with: {line}", exception);
        }
    }
}
