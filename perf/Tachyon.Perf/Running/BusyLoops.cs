using System.CommandLine;
using Tachyon.Measuring;

namespace Tachyon.Perf.Running;

/// <summary>Processes that compute without end, at ordinary priority: the neighbors of a busy machine.</summary>
internal sealed class BusyLoops : IAsyncDisposable
{
    private const string CommandName = "loop";

    internal static readonly BusyLoops None = new([]);

    private readonly IReadOnlyList<ChildProcess> _processes;

    private BusyLoops(IReadOnlyList<ChildProcess> processes) => _processes = processes;

    internal static BusyLoops Start(int count)
        => count == 0 ? None : new([.. Enumerable.Range(0, count).Select(static index => ChildProcess.Start($"loop {index}", CommandName))]);

    /// <summary>What the loops have used so far, in microseconds.</summary>
    internal double CpuUs() => _processes.Sum(static process => process.ProcessorTime.TotalMicroseconds);

    /// <summary>The hidden command of such a process. It ends when its standard input ends.</summary>
    internal static Command CreateCommand()
    {
        var command = new Command(CommandName, "An endless loop.") { Hidden = true };
        command.SetAction(static _ =>
        {
            new Thread(Loop) { IsBackground = true }.Start();
            Console.In.ReadToEnd();
        });
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private static void Loop()
    {
        while (true)
        {
        }
    }
}
