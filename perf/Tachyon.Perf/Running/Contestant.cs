using Tachyon.Perf.Measurement;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Scenarios;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf.Running;

/// <summary>A rival with its processes, which live as long as the whole run so that what the JIT learned stays.</summary>
internal sealed class Contestant : IAsyncDisposable
{
    private Contestant(Rival rival, Worker? server, Worker client)
    {
        Rival = rival;
        Server = server;
        Client = client;
    }

    internal Rival Rival { get; }

    /// <summary>Null for a rival within one process.</summary>
    internal Worker? Server { get; }

    internal Worker Client { get; }

    internal static async Task<Contestant> StartAsync(Rival rival, DirectoryInfo directory)
    {
        string path = Path.Combine(directory.FullName, rival.Name);
        Worker? server = rival.InProcess ? null : await Worker.StartAsync("serve", rival.Name, path);
        return new Contestant(rival, server, await Worker.StartAsync("drive", rival.Name, server?.Address ?? path));
    }

    /// <summary>Fresh channels, one round, and everything closed again: nothing of this rival is left beside the next one's round.</summary>
    internal async Task<Round> MeasureAsync(Scenario scenario, TimeSpan duration)
    {
        await OpenAsync(scenario);
        Round round = await RunAsync(duration);
        await CloseAsync();
        return round;
    }

    internal Task OpenAsync(Scenario scenario) => AskClientAsync<DoneReply>(new OpenRequest(scenario.Name));

    internal Task CloseAsync() => AskClientAsync<DoneReply>(new CloseRequest());

    internal async Task<Round> RunAsync(TimeSpan duration)
    {
        double ownBefore = OwnProcess.CpuUs();
        MachineLoad loadBefore = MachineLoad.Now();
        Usage serverBefore = await ServerUsageAsync();
        RunReply reply = await AskClientAsync<RunReply>(new RunRequest(duration.TotalSeconds));
        Usage server = await ServerUsageAsync() - serverBefore;
        MachineLoad load = MachineLoad.Now() - loadBefore;
        double ours = OwnProcess.CpuUs() - ownBefore + reply.Usage.CpuUs + server.CpuUs;
        double microseconds = reply.Seconds * 1e6;
        return new Round(
            reply.Seconds, reply.Operations, reply.Bytes, reply.Latencies, reply.Usage, server,
            Math.Max(0, load.BusyUs - ours) / microseconds, load.StolenUs / microseconds);
    }

    internal async Task<MemoryUse> MemoryAsync()
        => await Client.MemoryAsync() + (Server is null ? MemoryUse.None : await Server.MemoryAsync());

    internal async Task<Usage> ServerUsageAsync() => Server is null ? Usage.None : await Server.UsageAsync();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    private async Task<TReply> AskClientAsync<TReply>(WorkerRequest request)
        where TReply : WorkerReply
    {
        try
        {
            return await Client.AskAsync<TReply>(request);
        }
        catch (WorkerException) when (Server is not null)
        {
            await Server.ThrowIfDeadAsync();
            throw;
        }
    }
}
