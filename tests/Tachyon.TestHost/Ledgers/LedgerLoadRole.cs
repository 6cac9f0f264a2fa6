using System.Text.Json;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Ledgers;

/// <summary>A client that loads a server until it is turned away. A command says whether the calls end by themselves: "finite" or
/// "endless".</summary>
internal static class LedgerLoadRole
{
    private const int Channels = 2;
    private const int Workers = 20;

    public static async Task<int> RunAsync(HostSettings settings)
    {
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            var transport = TestTransport.For(settings.Transport);
            var channels = Enumerable.Range(0, Channels).Select(_ => transport.CreateChannel(settings.Path)).ToList();
            var workers = Enumerable.Range(0, Workers)
                .Select(number => new LedgerWorker(number, channels[number % Channels], endless: command == "endless"))
                .ToList();
            await Task.WhenAll(workers.Select(static worker => Task.Run(worker.RunAsync)));
            channels.ForEach(static channel => channel.Dispose());
            Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(workers.Select(static worker => worker.Report()))}");
        }

        return 0;
    }
}
