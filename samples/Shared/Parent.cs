using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Samples;

/// <summary>
/// Ties a server to the process that started it, which holds the other end of its standard input: the server stops when that end is closed,
/// on purpose or because the parent died. Lines on it are commands.
/// </summary>
internal static class Parent
{
    public static void Attach(IHostApplicationLifetime lifetime, Action<string>? command = null)
    {
        // The terminal sends Ctrl-C to children too. The parent decides when they end, so that it sees no failure where there is none.
        var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

        // On its own thread, because reading standard input blocks.
        new Thread(() =>
        {
            while (Console.In.ReadLine() is { } line)
            {
                command?.Invoke(line);
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
