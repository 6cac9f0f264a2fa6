using System.CommandLine;
using Spectre.Console;
using Tachyon.Perf.Commands;
using Tachyon.Perf.Floors;
using Tachyon.Perf.Output;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf;

/// <summary>The command line.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        Terminal.Prepare();
        RootCommand root = CompareCommand.Create();
        root.Subcommands.Add(CrossingsCommand.Create());
        root.Subcommands.Add(ReportCommand.Create());
        root.Subcommands.Add(FloorsCommand.Create());

        root.Subcommands.Add(WorkerCommand.Create("serve", "The server process of one rival.", ServerWorker.Run));
        root.Subcommands.Add(WorkerCommand.Create("drive", "The client process of one rival.", ClientWorker.Run));
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (exception is WorkerException or IOException or InvalidOperationException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }
}
