using FileTransfer.Shared;
using Spectre.Console;

namespace FileTransfer.Coordinator;

/// <summary>What the user runs: it starts the others, shows what they do, and cleans up after them.</summary>
internal static class CoordinatorProcess
{
    public static async Task<int> RunAsync(RunOptions options)
    {
        using var interruption = new Interruption();
        var console = Terminal.Open();
        Headline.Write(console);
        var report = new RunReport();
        try
        {
            await using var display = new ProgressDisplay(console);
            var run = new Run(options, clientEvent =>
            {
                report.Add(clientEvent);
                display.Show(clientEvent);
            });
            await run.ExecuteAsync(interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            console.WriteLine("Cancelled.");
            return ExitCodes.Cancelled;
        }

        return Conclude(console, report);
    }

    private static int Conclude(IAnsiConsole console, RunReport report)
    {
        console.Write(ResultTable.Build(report));
        console.WriteLine(
            $"Medians of {report.Rounds} rounds that took turns. Unary: 64 bytes, one call in flight. CPU: a round's transfers and calls.");
        WriteSockets(console, report);

        // The claim of this repository, checked like the hashes are.
        if (report.SocketsOf(Transport.Tachyon).HasDataPath)
        {
            console.MarkupLine("[red]A socket was open on the data path of Tachyon.[/]");
            return ExitCodes.Failed;
        }

        console.MarkupLineInterpolated(
            $"[green]All {report.Loaded!.Files} files verified both ways over both transports.[/]");
        return ExitCodes.Success;
    }

    private static void WriteSockets(IAnsiConsole console, RunReport report)
    {
        foreach (var transport in Enum.GetValues<Transport>())
        {
            var sockets = report.SocketsOf(transport);
            if (sockets.HasDataPath)
            {
                console.WriteLine(
                    $"Sockets on the data path of {Transports.NameOf(transport)}: {List(sockets.Client.Connected)} in the client, "
                    + $"{List(sockets.Server.Connected)} in the server.");
            }
        }

        var listening = report.SocketsOf(Transport.Tachyon);
        console.WriteLine(
            $"Only listening meanwhile: {List(listening.Client.Listening)} in the client, "
            + $"{List(listening.Server.Listening)} in the server.");
    }

    private static string List(string[] sockets) => sockets.Length > 0 ? string.Join(" + ", sockets) : "none";
}
