using Grpc.Net.Client;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>Runs every scenario over both transports, in turn, some rounds long.</summary>
internal static class Comparison
{
    private const int Rounds = 5;

    // Before anything is measured each scenario is run so often over each transport: connecting, and compiling what is called.
    private const int WarmUps = 1;

    internal static async Task<BenchReport> RunAsync(TimeSpan total, TachyonWaitMode mode, Action<string> progress, CancellationToken cancellationToken)
    {
        Machine machine = Machine.ThisOne();
        Rival[] rivals = [new SocketRival(), new TachyonRival(mode)];
        TimeSpan slot = total / (Scenario.All.Length * rivals.Length * (Rounds + WarmUps));
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tachyon-bench-");
        try
        {
            string[] paths = [.. rivals.Select(rival => Path.Combine(directory.FullName, rival.Name))];
            ServerProcess first = await ServerProcess.StartAsync(rivals[0], paths[0], mode, cancellationToken).ConfigureAwait(false);
            await using var stopFirst = first.ConfigureAwait(false);
            ServerProcess second = await ServerProcess.StartAsync(rivals[1], paths[1], mode, cancellationToken).ConfigureAwait(false);
            await using var stopSecond = second.ConfigureAwait(false);
            using GrpcChannel socket = rivals[0].Connect(paths[0]);
            using GrpcChannel tachyon = rivals[1].Connect(paths[1]);
            Bench.BenchClient[] clients = [new(socket), new(tachyon)];
            progress("warming up");
            foreach (Scenario scenario in Scenario.All)
            {
                _ = await MeasureAsync(scenario, clients, WarmUps, slot, cancellationToken).ConfigureAwait(false);
            }

            List<BenchRow> rows = [];
            foreach (Scenario scenario in Scenario.All)
            {
                progress(scenario.Name);
                rows.AddRange(await MeasureAsync(scenario, clients, Rounds, slot, cancellationToken).ConfigureAwait(false));
            }

            return new BenchReport(machine, mode.ToString().ToLowerInvariant(), Rounds, slot.TotalSeconds, rows);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<IEnumerable<BenchRow>> MeasureAsync(
        Scenario scenario, Bench.BenchClient[] clients, int rounds, TimeSpan slot, CancellationToken cancellationToken)
    {
        List<double[]>[] values = [[], []];
        for (int round = 0; round < rounds; round++)
        {
            foreach (int rival in (int[])[0, 1])
            {
                // Who begins changes from round to round.
                int turn = (round & 1) == 0 ? rival : 1 - rival;
                values[turn].Add(await scenario.RunAsync(clients[turn], slot, cancellationToken).ConfigureAwait(false));
            }
        }

        return scenario.Measures.Select((measure, index) => new BenchRow(
            scenario.Name,
            measure.Name,
            measure.Unit,
            measure.LessIsBetter,
            Spread.Of(values[0].Select(round => round[index])),
            Spread.Of(values[1].Select(round => round[index])),
            Spread.Of(values[1].Zip(values[0], (tachyon, socket) => tachyon[index] / socket[index]))));
    }
}
