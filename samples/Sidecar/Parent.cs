using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Sidecar;

/// <summary>
/// Ties a process to the one that started it, which holds the other end of its standard input: it ends when that end is closed, be it on
/// purpose or because the parent died. Lines on it are commands.
/// </summary>
internal static class Parent
{
    public static void Attach(IHostApplicationLifetime lifetime, Action<string> command)
    {
        // The terminal sends Ctrl-C to children too; the parent decides when they end.
        var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

        // A thread of its own, because reading standard input blocks.
        new Thread(() =>
        {
            while (Console.In.ReadLine() is { } line)
            {
                command(line);
            }

            interrupt.Dispose();
            lifetime.StopApplication();
        })
        {
            IsBackground = true,
            Name = "Parent",
        }.Start();
    }
}
