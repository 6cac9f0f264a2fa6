using Microsoft.Extensions.Configuration;
using Samples;
using ScaleOut.Server;

namespace ScaleOut.Demo;

/// <summary>
/// Starts the service for this machine, then two instances behind a proxy as if on two machines, and runs the client at both addresses.
/// </summary>
internal static class Demonstration
{
    public static async Task<int> RunAsync(string[] args)
    {
        var proxy = Proxy.Find(new ConfigurationBuilder().AddCommandLine(args).Build()["Proxy"]);
        using var interruption = new Interruption();
        using var directory = new PrivateDirectory("scale-out-");
        try
        {
            await RunAsync(proxy, directory.Path, interruption.Token);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return ExitCodes.Canceled;
        }
    }

    private static async Task RunAsync((string Name, string Program) found, string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, "dice.sock");
        await using (await StartServerAsync($"http://unix:{path}?tachyon", cancellationToken))
        {
            Console.WriteLine("On this machine, one server:");
            var answers = await RunClientAsync($"tachyon://{path}", cancellationToken);
            var isOverSharedMemory = answers.Length == 1 && answers[0].Contains("shared memory", StringComparison.Ordinal);
            Require(isOverSharedMemory, "One server should have answered over shared memory.");
        }

        await using var first = await StartServerAsync("http://127.0.0.1:0", cancellationToken);
        await using var second = await StartServerAsync("http://127.0.0.1:0", cancellationToken);
        await using var proxy = await Proxy.StartAsync(found, directory, [first.Address, second.Address], cancellationToken);
        Console.WriteLine($"Over the network, two servers behind {proxy.Name}:");
        var spread = await RunClientAsync($"http://{proxy.Address}", cancellationToken);
        Require(spread.Length == 2, "Both back ends should have answered.");
    }

    private static async Task<StartedServer> StartServerAsync(string endpoint, CancellationToken cancellationToken)
    {
        var process = ChildProcess.StartSelf("server", "server", $"--Kestrel:Endpoints:Grpc:Url={endpoint}", "--EndWithInput=true");
        var url = await process.WaitForLineAsync(ServerProgram.ReadyPrefix, cancellationToken);
        return new StartedServer(process, url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..]);
    }

    private static async Task<string[]> RunClientAsync(string address, CancellationToken cancellationToken)
    {
        Console.WriteLine($"  client --Server={address}");
        await using var client = ChildProcess.StartSelf("client", "client", $"--Server={address}");
        var (exitCode, output) = await client.FinishAsync(cancellationToken);
        if (exitCode != 0)
        {
            throw await client.FailureAsync();
        }

        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var answer in answers)
        {
            Console.WriteLine($"    {answer}");
        }

        return answers;
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new SampleException(otherwise);
        }
    }

    /// <param name="Process">The server.</param>
    /// <param name="Address">Host and port, where it has them.</param>
    private sealed record StartedServer(ChildProcess Process, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
