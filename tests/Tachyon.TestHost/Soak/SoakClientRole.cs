using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Tachyon.TestHost.Soak;

/// <summary>A client of the soak. The path is the directory of the servers' sockets; the commands are "run seconds seed" and
/// "heap".</summary>
internal static class SoakClientRole
{
    private const int Workers = 3;

    public static async Task<int> RunAsync(HostSettings settings)
    {
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            if (command == Heap.Command)
            {
                Heap.Report();
                continue;
            }

            var numbers = command.Split(' ').Skip(1).Select(static word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            var end = Stopwatch.GetTimestamp() + (numbers[0] * Stopwatch.Frequency);
            var workers = Enumerable.Range(0, Workers)
                .Select(worker => new SoakWorker(settings.Path, new Random((numbers[1] * Workers) + worker)))
                .ToList();
            await Task.WhenAll(workers.Select(worker => Task.Run(() => worker.RunAsync(() => Stopwatch.GetTimestamp() >= end))));
            var report = new SoakReport(
                workers.Sum(static worker => worker.Checked),
                workers.Sum(static worker => worker.Ended),
                workers.Sum(static worker => worker.Interrupted),
                workers.Sum(static worker => worker.Connections),
                workers.Sum(static worker => worker.Bytes),
                [.. workers.SelectMany(static worker => worker.Failures)]);
            Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(report)}");
        }

        return 0;
    }
}
