using System.Collections.Concurrent;
using System.Text.Json;

namespace Tachyon.TestHost.Roles;

/// <summary>The side of a victim that talks to the test: one report for each line, until the input closes.</summary>
internal static class VictimCommands
{
    internal static ConcurrentQueue<string> WatchUnobserved()
    {
        var errors = new ConcurrentQueue<string>();
        TaskScheduler.UnobservedTaskException += (_, args) => errors.Enqueue($"unobserved: {args.Exception}");
        return errors;
    }

    internal static Task AnswerAsync(Func<VictimReport> report)
        => Task.Factory.StartNew(
            () =>
            {
                while (Console.ReadLine() is { } command)
                {
                    if (command == "collect")
                    {
                        GC.Collect();
                        GC.WaitForPendingFinalizers();
                    }

                    Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(report())}");
                }

                // At once: nothing is to be closed in order here.
                Environment.Exit(0);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
}
