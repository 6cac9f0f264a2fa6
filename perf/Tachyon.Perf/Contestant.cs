using System.Diagnostics;
using Grpc.Net.Client;

namespace Tachyon.Perf;

/// <summary>A rival with its server process and a channel to it.</summary>
internal sealed class Contestant : IDisposable
{
    private readonly Process _server;
    private readonly GrpcChannel _channel;
    private readonly Echo.EchoClient _client;

    private Contestant(Rival rival, Process server, GrpcChannel channel)
    {
        Rival = rival;
        _server = server;
        _channel = channel;
        _client = new Echo.EchoClient(channel);
    }

    internal Rival Rival { get; }

    internal static async Task<Contestant> StartAsync(Rival rival, string path)
        => new(rival, await StartServerAsync(rival, path), rival.CreateChannel(path));

    internal static async Task<Process> StartServerAsync(Rival rival, string path)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in (string[])[.. Program.OwnArguments, "serve", rival.Name, path])
        {
            start.ArgumentList.Add(argument);
        }

        Process server = Process.Start(start)!;
        return await server.StandardOutput.ReadLineAsync() == Program.ReadyLine
            ? server
            : throw new InvalidOperationException($"The server of '{rival.Name}' did not start.");
    }

    internal static void StopServer(Process server)
    {
        // The server ends when its input does.
        server.StandardInput.Close();
        server.WaitForExit();
    }

    internal async Task<Sample> RunAsync(Scenario scenario, TimeSpan duration)
    {
        long serverBefore = (await _client.UsageAsync(new UsageRequest())).CpuUs;
        double clientBefore = Process.GetCurrentProcess().TotalProcessorTime.TotalMicroseconds;
        (double rate, double operations, List<long> ticks) = await scenario.Run(_client, duration);
        double cpu = Process.GetCurrentProcess().TotalProcessorTime.TotalMicroseconds - clientBefore
            + (await _client.UsageAsync(new UsageRequest())).CpuUs - serverBefore;
        ticks.Sort();
        return new Sample(rate, Percentile(ticks, 0.5), Percentile(ticks, 0.99), cpu / operations);
    }

    public void Dispose()
    {
        _channel.Dispose();
        StopServer(_server);
        _server.Dispose();
    }

    private static double Percentile(List<long> sorted, double part)
        => sorted.Count == 0 ? double.NaN : sorted[(int)(part * (sorted.Count - 1))] * 1e6 / Stopwatch.Frequency;
}
