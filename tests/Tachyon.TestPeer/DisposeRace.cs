using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>
/// Disposes connections while other threads read and write their pipes, as the documentation allows. A mapping that goes away under one
/// of them ends the process, which is why this runs in one of its own.
/// </summary>
internal static class DisposeRace
{
    private const int RoundsOfReport = 10;

    internal static async Task RunAsync(string path, TachyonWaitMode mode, int rounds)
    {
        try
        {
            await RaceAsync(path, mode, rounds).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Nothing awaits this: without the line, a failure would look like a hang.
            ServerRoles.Report($"failed {exception.ToString().ReplaceLineEndings(" ")}");
        }
    }

    private static async Task RaceAsync(string path, TachyonWaitMode mode, int rounds)
    {
        await using var listener = TachyonListener.Listen(path, new TachyonServerOptions { WaitMode = mode });
        for (var round = 0; round < rounds; round++)
        {
            var client = await TachyonConnection.ConnectAsync(
                path, new TachyonClientOptions { WaitMode = mode }).ConfigureAwait(false);
            var server = (await listener.AcceptAsync().ConfigureAwait(false))!;
            var input = client.Input;
            var output = server.Output;
            var reading = Task.Run(() => IgnoringEndAsync(Traffic.ReceiveAsync(input, seed: 0)));
            var writing = Task.Run(() => IgnoringEndAsync(Traffic.SendAsync(output, long.MaxValue, seed: 0, chunk: 60_000)));
            SpinWait.SpinUntil(static () => false, round % 3);

            await Task.WhenAll(
                Task.Run(async () => await client.DisposeAsync().ConfigureAwait(false)),
                Task.Run(async () => await server.DisposeAsync().ConfigureAwait(false))).ConfigureAwait(false);
            await Task.WhenAll(reading, writing).ConfigureAwait(false);
            if ((round + 1) % RoundsOfReport == 0)
            {
                ServerRoles.Report($"survived {round + 1}");
            }
        }
    }

    private static async Task IgnoringEndAsync(Task<long> loop)
    {
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or OperationCanceledException)
        {
            // Refused, reset or canceled: any exception is a fair answer.
        }
    }
}
