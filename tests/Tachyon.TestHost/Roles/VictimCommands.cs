using System.Collections.Concurrent;
using System.Text.Json;

namespace Tachyon.TestHost.Roles;

/// <summary>The side of a victim that talks to the test: one report for each line.</summary>
internal static class VictimCommands
{
    internal static ConcurrentQueue<string> WatchUnobserved()
    {
        var errors = new ConcurrentQueue<string>();
        TaskScheduler.UnobservedTaskException += (_, args) => errors.Enqueue($"unobserved: {args.Exception}");
        return errors;
    }

    internal static async Task AnswerAsync(Func<VictimReport> report)
    {
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            if (command == "collect")
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(report())}");
        }
    }
}
