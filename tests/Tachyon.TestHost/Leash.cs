using System.Diagnostics;
using Tachyon.TestHost.Faults;

namespace Tachyon.TestHost;

/// <summary>Ties the life of this process to its parent's, and hears the parent's commands.</summary>
internal static class Leash
{
    /// <summary>
    /// Watches standard input on a thread of its own. The kernel closes the parent's end of the pipe even when the parent is
    /// killed, and a thread of its own notices even when the thread pool here is stuck.
    /// </summary>
    public static void Hold()
    {
        var watcher = new Thread(static () =>
        {
            using var input = new StreamReader(Console.OpenStandardInput());
            while (input.ReadLine() is { } command)
            {
                FaultCommands.Run(command);
            }

            // Not Environment.Exit: its handlers may hang on what the test was about.
            Process.GetCurrentProcess().Kill();
        })
        {
            IsBackground = true,
            Name = "leash",
        };
        watcher.Start();
    }
}
