using System.Diagnostics;
using FileTransfer.Protocol;
using FileTransfer.Shared;

namespace FileTransfer.Client;

/// <summary>The client: reads the files, then transfers them round by round over both transports in turn.</summary>
internal static class ClientProcess
{
    // Until the runtime has compiled the hot paths for the second time, which it does in the background.
    private const int WarmUpRounds = 3;

    // A run ends in under a minute. Past this time no further round begins, so that big directories or slow machines get fewer of them.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(35);

    public static async Task RunAsync(Endpoints endpoints, string[] directories, int rounds, long limit)
    {
        using var lifeline = new ParentLifeline();
        SocketTable.RememberInherited();
        var clock = Stopwatch.StartNew();
        var source = Load(directories, limit);
        var received = new ReceivedFiles();

        // Up and down, over two transports, for each round.
        using var progress = new ProgressReporter(4 * source.Bytes * (WarmUpRounds + rounds));
        for (var round = 1 - WarmUpRounds; round <= rounds && (round <= 1 || clock.Elapsed < Enough); round++)
        {
            // In turn, so that whatever else the machine does meets both of them.
            foreach (var transport in Enum.GetValues<Transport>())
            {
                var name = Transports.NameOf(transport);
                var title = round < 1 ? $"Warm-up, {name}" : $"Round {round}, {name}";

                // A new channel each time, closed afterwards: no connection of the other transport is open during a round.
                using var channel = Transports.Connect(transport, endpoints);
                var client = new FileStore.FileStoreClient(channel);
                var measured = new Round(transport, client, source, received, progress)
                {
                    // Only in the first round, because it would disturb a measurement.
                    HalfwayUp = round == 1 - WarmUpRounds ? () => SocketCheck.RunAsync(transport, client) : null,
                };
                EventWriter.Write(new RoundEvent(Math.Max(round, 0), await measured.RunAsync(title, lifeline.ParentGone)));
            }
        }
    }

    private static SourceFiles Load(string[] directories, long limit)
    {
        string[] roots = [.. (directories.Length > 0 ? directories : DefaultDirectories.Find()).Select(WithoutTrailingSlash).Distinct()];
        var leaveOut = directories.Length > 0 ? new HashSet<string>() : DefaultDirectories.LeftOut;
        var loader = new FileLoader(limit, text => EventWriter.Write(new NoteEvent(text)));
        foreach (var root in roots)
        {
            loader.Load(root, leaveOut);
        }

        loader.Finish();
        if (loader.Files.Count == 0)
        {
            throw new SampleException($"There is no file to transfer in {string.Join(", ", roots)}.");
        }

        EventWriter.Write(new LoadedEvent(loader.Files.Count, loader.Bytes, roots));
        return new SourceFiles(loader.Files, loader.Bytes);
    }

    private static string WithoutTrailingSlash(string directory) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
}
