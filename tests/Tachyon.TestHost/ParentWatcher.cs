using System.Diagnostics;
using System.Threading.Channels;
using Tachyon.TestHost.Faults;

namespace Tachyon.TestHost;

/// <summary>Ties the life of this process to its parent's, and hears the parent's commands.</summary>
internal static class ParentWatcher
{
    private static readonly Channel<string> s_lines = Channel.CreateUnbounded<string>();

    /// <summary>What the parent wrote, line by line, but for <see cref="FaultCommands"/>; most roles need no telling.</summary>
    public static ChannelReader<string> Commands => s_lines.Reader;

    /// <summary>
    /// Watches standard input on a thread of its own. The kernel closes the parent's end of the pipe even when the parent is
    /// killed, and a thread of its own notices even when the thread pool here is stuck.
    /// </summary>
    public static void Hold()
    {
        var watcher = new Thread(static () =>
        {
            using var input = new StreamReader(Console.OpenStandardInput());
            while (input.ReadLine() is { } line)
            {
                if (!FaultCommands.TryRun(line))
                {
                    s_lines.Writer.TryWrite(line);
                }
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
