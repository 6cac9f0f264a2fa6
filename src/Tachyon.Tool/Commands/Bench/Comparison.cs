using Tachyon.Measuring;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>Runs every scenario over both transports, with a server process for each.</summary>
internal static class Comparison
{
    internal const string Socket = "socket";
    internal const string Tachyon = "tachyon";

    private const int Rounds = 5;
    private const int Small = 64;
    private const int Large = 64 * 1024;

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);

    private static readonly Measure s_rate = new("rate", "calls/s", LessIsBetter: false, static round => round.Rate);
    private static readonly Measure s_median = new("p50", "us", LessIsBetter: true, static round => round.Latencies!.P50);
    private static readonly Measure s_throughput = new("throughput", "MB/s", LessIsBetter: false, static round => round.Rate);

    private static readonly (string Name, Scenario Scenario, Measure[] Measures)[] s_scenarios =
    [
        ("unary 64 B, 1 at a time", EchoScenarios.Unary(Small, 1), [s_rate, s_median]),
        ("unary 64 B, 16 at a time", EchoScenarios.Unary(Small, 16), [s_rate, s_median]),
        ("unary 64 KiB, 1 at a time", EchoScenarios.Unary(Large, 1), [s_rate, s_median]),
        ("upload, 64 KiB messages", EchoScenarios.Upload(Large), [s_throughput]),
        ("download, 64 KiB messages", EchoScenarios.Download(Large), [s_throughput]),
    ];

    internal static Candidate CreateCandidate(string name, TachyonWaitMode mode)
        => name == Socket ? new UnixSocketCandidate(Socket) : new TachyonCandidate(Tachyon, mode);

    internal static async Task<BenchReport> RunAsync(
        TimeSpan total, TachyonWaitMode mode, Action<string> progress, CancellationToken cancellationToken)
    {
        var machine = Machine.Read();

        // Of each scenario: a warm-up and the rounds over both transports, and a pause between the two.
        var slot = total / (s_scenarios.Length * ((2 * (1 + Rounds)) + 1));
        var settings = new RunSettings(Rounds, slot, Repeats: 0, WarmUpLength: slot, WarmUpWindows: 1, Pause: slot);
        var directory = Directory.CreateTempSubdirectory("tachyon-bench-");
        try
        {
            using var socket = CreateClient(Socket);
            using var tachyon = CreateClient(Tachyon);
            var socketServer = await StartServerAsync(Socket).ConfigureAwait(false);
            await using var stopSocketServer = socketServer.ConfigureAwait(false);
            var tachyonServer = await StartServerAsync(Tachyon).ConfigureAwait(false);
            await using var stopTachyonServer = tachyonServer.ConfigureAwait(false);
            var runner = new ScenarioRunner<Round>([socket, tachyon], settings);
            List<BenchRow> rows = [];
            foreach ((var name, var scenario, var measures) in s_scenarios)
            {
                progress(name);
                var result = await runner.MeasureAsync(scenario, cancellationToken).ConfigureAwait(false);
                rows.AddRange(measures.Select(measure => RowOf(name, measure, result)));
            }

            return new BenchReport(machine, mode.ToString().ToLowerInvariant(), Rounds, slot.TotalSeconds, rows);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        string PathOf(string name) => Path.Combine(directory.FullName, name);

        ScenarioClient CreateClient(string name) => new(CreateCandidate(name, mode), PathOf(name));

        async Task<ChildProcess> StartServerAsync(string name)
        {
            var server = ChildProcess.Start($"server of '{name}'", BenchServerCommand.Name, name, PathOf(name), "--mode", mode.ToString());
            try
            {
                var line = await server.ReadLineAsync(s_startLimit, cancellationToken).ConfigureAwait(false);
                return line == BenchServerCommand.ReadyLine
                    ? server
                    : throw new MeasurementException($"The server of '{name}' wrote '{line}' instead of '{BenchServerCommand.ReadyLine}'.");
            }
            catch
            {
                await server.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private static BenchRow RowOf(string name, Measure measure, ScenarioResult<Round> result)
    {
        var socket = result.Named(Socket)!;
        var tachyon = result.Named(Tachyon)!;
        return new BenchRow(
            name, measure.Name, measure.Unit, measure.LessIsBetter,
            socket.Of(measure.Of), tachyon.Of(measure.Of), tachyon.RatioTo(socket, measure.Of));
    }

    /// <summary>One quantity of a round.</summary>
    private sealed record Measure(string Name, string Unit, bool LessIsBetter, Func<Round, double> Of);
}
