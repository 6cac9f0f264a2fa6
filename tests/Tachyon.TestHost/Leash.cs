using System.Diagnostics;

namespace Tachyon.TestHost;

/// <summary>Ties the life of this process to its parent's.</summary>
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
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
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
