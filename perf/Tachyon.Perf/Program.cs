using System.CommandLine;
using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Perf.Baselines;
using Tachyon.Perf.Commands;
using Tachyon.Perf.Output;
using Tachyon.Perf.Reporting;
using Tachyon.Perf.Running;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf;

/// <summary>The command line.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        Terminal.Prepare();
        var root = CompareCommand.Create();
        root.Subcommands.Add(CompareCommand.CreateCrossings());
        root.Subcommands.Add(Report.CreateCommand());
        root.Subcommands.Add(BaselinesCommand.Create());
        root.Subcommands.Add(BusyLoops.CreateCommand());
        root.Subcommands.Add(WorkerLoop.CreateCommand("serve", "The server process of one candidate.", ServerWorker.Run));
        root.Subcommands.Add(WorkerLoop.CreateCommand("drive", "The client process of one candidate.", ClientWorker.Run));
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (exception is MeasurementException or IOException or InvalidOperationException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }
}
