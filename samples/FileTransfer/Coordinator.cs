using System.Diagnostics;
using System.Runtime.InteropServices;
using Grpc.Core;
using Spectre.Console;

namespace FileTransfer;

/// <summary>The open sockets of both processes in the middle of an upload.</summary>
internal sealed record OpenSockets(SocketReport Client, SocketReport Server)
{
    public bool HasDataPath => Client.Connected.Count + Server.Connected.Count > 0;
}

/// <summary>The process that the user starts. It starts the server, is its client, and shows the results.</summary>
internal sealed class Coordinator(SourceFiles source, string socketDirectory)
{
    // Until the runtime has compiled the hot paths for the second time, in the background.
    private const int WarmUpRounds = 3;

    // No round begins after this time, so that large directories and slow machines get fewer rounds and a run ends within a minute.
    private static readonly TimeSpan s_measuringTime = TimeSpan.FromSeconds(35);

    private readonly Dictionary<Transport, OpenSockets> _sockets = [];
    private readonly List<RoundResult> _results = [];

    public static async Task<int> RunAsync(string[] directories, int rounds, int limitMegabytes)
    {
        SocketTable.RememberInherited();
        using var interruption = new Interruption();

        // A log has no width: a long line is better than a broken one.
        AnsiConsole.Profile.Width = Console.IsOutputRedirected ? 1000 : AnsiConsole.Profile.Width;

        var kernel = Environment.OSVersion.Version.ToString(2);
        var machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, Linux {kernel}";
        AnsiConsole.MarkupLineInterpolated($"[bold]File transfer[/] on {machine}, {RuntimeInformation.FrameworkDescription}");
        var source = SourceFiles.Load(directories, limitMegabytes * 1_000_000L);
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{source.Files.Count}[/] files, [bold]{source.Bytes / 1e6:F1} MB[/], from {string.Join(", ", source.Directories)}");

        using var directory = new PrivateDirectory("file-transfer-");
        await using var server = ChildProcess.StartSelf("server process", FileServer.Command, directory.Path);
        try
        {
            await server.WaitForLineAsync(FileServer.ReadyLine, interruption.Token);
            var coordinator = new Coordinator(source, directory.Path);
            await coordinator.TransferAsync(rounds, interruption.Token);
            await server.StopAsync(interruption.Token);
            return coordinator.Conclude();
        }
        catch (Exception) when (interruption.Token.IsCancellationRequested)
        {
            AnsiConsole.WriteLine("Canceled.");
            return ExitCodes.Canceled;
        }
        catch (RpcException exception)
        {
            // A failed call may be the consequence of a dead server, whose end is reported a moment later.
            await Task.WhenAny(server.Exited, Task.Delay(TimeSpan.FromSeconds(1)));
            throw server.Exited.IsCompleted
                ? await server.FailureAsync()
                : new SampleException($"A call failed with {exception.StatusCode}: {exception.Status.Detail}");
        }
    }

    /// <summary>Interleaved rounds over both transports, so that other work on the machine affects both.</summary>
    private async Task TransferAsync(int rounds, CancellationToken cancellationToken)
    {
        var received = new ReceivedFiles();
        var clock = Stopwatch.StartNew();
        for (var number = 1 - WarmUpRounds; number <= rounds && (number <= 1 || clock.Elapsed < s_measuringTime); number++)
        {
            foreach (var transport in Transports.All)
            {
                // A new channel each time, closed afterwards: no connection of the other transport is open during a round.
                using var channel = Transports.Connect(transport, socketDirectory);
                var client = new FileStore.FileStoreClient(channel);

                // In the first round only, because it would disturb a measurement.
                Func<Task>? halfwayUp = _sockets.ContainsKey(transport) ? null : async () =>
                    _sockets[transport] = new OpenSockets(SocketTable.Read(), await client.ListSocketsAsync(new SocketsRequest()));
                var result = await new Round(transport, client, source, received).RunAsync(halfwayUp, cancellationToken);
                var title = $"{(number < 1 ? "Warm-up" : $"Round {number}")}, {Transports.NameOf(transport)}";
                AnsiConsole.WriteLine(
                    $"{title}: {result.UploadMBps:F0} MB/s up, {result.DownloadMBps:F0} MB/s down, p50 {result.UnaryP50Us:F0} us");
                _results.AddRange(number < 1 ? [] : [result]);
            }
        }
    }

    private int Conclude()
    {
        ResultTable.Write(_results, _sockets);

        // The claim of this repository, checked like the hashes.
        var failed = _sockets[Transport.Tachyon].HasDataPath;
        AnsiConsole.MarkupLine(failed
            ? "[red]A socket was open on the data path of Tachyon.[/]"
            : $"[green]All {source.Files.Count} files verified both ways over both transports.[/]");
        return failed ? ExitCodes.Failed : ExitCodes.Success;
    }
}
