using System.Diagnostics;
using System.Text.Json;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Workers;

/// <summary>A worker process, as the orchestrator sees it.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _role;
    private readonly Task<string> _errors;

    private Worker(Process process, string role)
    {
        _process = process;
        _role = role;
        _errors = process.StandardError.ReadToEndAsync();
    }

    internal string Address { get; private set; } = "";

    internal int ProcessId => _process.Id;

    /// <summary>Starts this program again in a hidden role.</summary>
    internal static async Task<Worker> StartAsync(string verb, string rival, string path)
    {
        ProcessStartInfo start = OwnProgram.With(verb, rival, path);
        start.RedirectStandardError = true;
        var worker = new Worker(Process.Start(start)!, $"{verb} {rival}");
        worker.Address = (await worker.ReplyAsync<ReadyReply>("start")).Address;
        return worker;
    }

    internal async Task<Usage> UsageAsync() => (await AskAsync<UsageReply>(new UsageQuery())).Usage;

    internal async Task<MemoryUse> MemoryAsync() => (await AskAsync<MemoryReply>(new MemoryQuery())).Memory;

    internal async Task<TReply> AskAsync<TReply>(WorkerRequest request)
        where TReply : WorkerReply
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request, WorkerJson.Default.WorkerRequest));
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It died; the missing reply says so, with what it wrote last.
        }

        return await ReplyAsync<TReply>(request.ToString());
    }

    /// <summary>Says so if the process is gone: what its peer reports then is only a consequence.</summary>
    internal async Task ThrowIfDeadAsync()
    {
        if (_process.HasExited)
        {
            throw new WorkerException($"The worker '{_role}' died with exit code {_process.ExitCode}. It said: {await _errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A worker ends when its input does.
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<TReply> ReplyAsync<TReply>(string request)
        where TReply : WorkerReply
    {
        string? line = null;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
            if (line is not null)
            {
                return JsonSerializer.Deserialize(line, WorkerJson.Default.WorkerReply) switch
                {
                    TReply reply => reply,
                    FailedReply failed => throw new WorkerException($"The worker '{_role}' failed on '{request}': {failed.Error}"),
                    _ => throw new JsonException(),
                };
            }
        }
        catch (JsonException)
        {
            throw new WorkerException($"The worker '{_role}' answered '{request}' with: {line}");
        }
        catch (TimeoutException)
        {
            _process.Kill();
            throw new WorkerException($"The worker '{_role}' did not answer '{request}' within {s_patience}. It said: {await _errors}");
        }

        throw new WorkerException($"The worker '{_role}' died on '{request}'. It said: {await _errors}");
    }
}
