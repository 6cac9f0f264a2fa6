using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf.Running;

/// <summary>The processes of one candidate, which live as long as the run so that the JIT stays warm.</summary>
internal sealed class CandidateProcesses : ICandidateClient<UsageRound>, IAsyncDisposable
{
    private CandidateProcesses(string name, Worker? server, Worker client)
    {
        Name = name;
        Server = server;
        Client = client;
    }

    public string Name { get; }

    /// <summary>Null for a candidate within one process.</summary>
    internal Worker? Server { get; }

    internal Worker Client { get; }

    /// <summary>What runs beside the candidates by intention: such a round is not disturbed.</summary>
    internal BusyLoops Beside { get; set; } = BusyLoops.None;

    internal static async Task<CandidateProcesses> StartAsync(
        Candidate candidate, DirectoryInfo directory, Confinement confinement)
    {
        var path = Path.Combine(directory.FullName, candidate.Name);
        var server = candidate.InProcess ? null : await Worker.StartAsync("serve", candidate.Name, path, confinement.NextWrapper());
        try
        {
            var client = await Worker.StartAsync("drive", candidate.Name, server?.Address ?? path, confinement.NextWrapper());
            return new CandidateProcesses(candidate.Name, server, client);
        }
        catch when (server is not null)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="ScenarioRunner{TRound}.MeasureOnceAsync"/>
    internal Task<UsageRound> MeasureAsync(Scenario scenario, TimeSpan duration)
        => ScenarioRunner<UsageRound>.MeasureOnceAsync(this, scenario, duration);

    public Task OpenAsync(Scenario scenario, CancellationToken cancellationToken = default)
        => AskClientAsync<DoneReply>(new OpenRequest(scenario.Name));

    public Task CloseAsync() => AskClientAsync<DoneReply>(new CloseRequest());

    public async Task<UsageRound> RunAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        var ownBefore = OwnProcess.CpuUs() + Beside.CpuUs();
        var loadBefore = MachineLoad.Now();
        var serverBefore = await ServerUsageAsync();
        var reply = await AskClientAsync<RunReply>(new RunRequest(duration.TotalSeconds));
        var server = await ServerUsageAsync() - serverBefore;
        var load = MachineLoad.Now() - loadBefore;
        var ours = OwnProcess.CpuUs() + Beside.CpuUs() - ownBefore + reply.Usage.CpuUs + server.CpuUs;
        var round = reply.Round;
        var microseconds = round.Seconds * 1e6;
        return new UsageRound(
            round.Seconds, round.Operations, round.Bytes, round.Latencies, reply.Usage, server,
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
        catch (MeasurementException) when (Server is not null)
        {
            await Server.ThrowIfDeadAsync();
            throw;
        }
    }
}
