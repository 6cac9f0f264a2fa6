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
            ? new Contestant(rival, server, rival.CreateChannel(path))
            : throw new InvalidOperationException($"The server of '{rival.Name}' did not start.");
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

        // The server ends when its input does.
        _server.StandardInput.Close();
        _server.WaitForExit();
        _server.Dispose();
    }

    private static double Percentile(List<long> sorted, double part)
        => sorted.Count == 0 ? double.NaN : sorted[(int)(part * (sorted.Count - 1))] * 1e6 / Stopwatch.Frequency;
}
