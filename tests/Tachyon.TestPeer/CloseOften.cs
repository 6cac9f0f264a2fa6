using System.Globalization;
using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>Both ends of connections in one process, in which nothing else goes on: opens and closes them by command, in the way that it
/// was started with.</summary>
internal sealed class CloseOften(string path, string how)
{
    private readonly TachyonListener _listener = TachyonListener.Listen(
        new TachyonEndPoint(path), new TachyonServerOptions { SendRingSize = 65_536, ReceiveRingSize = 65_536 });

    private (TachyonConnection Client, TachyonConnection Server) _open;

    /// <summary>A number is how many connections come and go; "open" opens one and "close" closes it.</summary>
    internal void Run(string command)
    {
        switch (command)
        {
            case "open":
                _open = Wait(ConnectAsync);
                break;
            case "close":
                Wait(async () =>
                {
                    await _open.Client.DisposeAsync().ConfigureAwait(false);
                    await _open.Server.DisposeAsync().ConfigureAwait(false);
                    return true;
                });
                break;
            default:
                Wait(() => RepeatAsync(int.Parse(command, CultureInfo.InvariantCulture)));
                break;
        }

        ServerRoles.Report($"done {command}");
    }

    // Commands come on the main thread, which does nothing else.
    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    private async Task<(TachyonConnection Client, TachyonConnection Server)> ConnectAsync()
    {
        var client = await TachyonConnection.ConnectAsync(_listener.EndPoint.Path).ConfigureAwait(false);
        return (client, (await _listener.AcceptAsync().ConfigureAwait(false))!);
    }

    private async Task<bool> RepeatAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            (var client, var server) = await ConnectAsync().ConfigureAwait(false);
            await UseAsync(client, server).ConfigureAwait(false);
            await client.DisposeAsync().ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
        }

        return true;
    }

    private async Task UseAsync(TachyonConnection client, TachyonConnection server)
    {
        switch (how)
        {
            case "in order":
                break;
            case "with traffic":
                await Traffic.SendAsync(client.Output, 1_000, seed: 0).ConfigureAwait(false);
                await Traffic.ReceiveAsync(server.Input, seed: 0, limit: 1_000).ConfigureAwait(false);
                await Traffic.SendAsync(server.Output, 1_000, seed: 0).ConfigureAwait(false);
                await Traffic.ReceiveAsync(client.Input, seed: 0, limit: 1_000).ConfigureAwait(false);
                break;
            case "aborted":
                // More than the ring holds: the flush waits until the abort ends it.
                var sending = Traffic.SendAsync(client.Output, 100_000, seed: 0, chunk: 100_000);
                client.Abort();
                await sending.ConfigureAwait(false);
                break;
            case "peer first":
                await Traffic.SendAsync(server.Output, 1_000, seed: 0).ConfigureAwait(false);
                await server.DisposeAsync().ConfigureAwait(false);
                await Traffic.ReceiveAsync(client.Input, seed: 0).ConfigureAwait(false);
                break;
            case "stream":
                await DisposeStreamAsync(client.GetStream()).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentException($"Unknown way to close: '{how}'.");
        }
    }

    private static async Task DisposeStreamAsync(Stream stream)
    {
        var reading = stream.ReadAsync(new byte[1]).AsTask();
        await stream.WriteAsync(new byte[100]).ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
        try
        {
            await reading.ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        throw new InvalidDataException("A read survived the disposal of its stream.");
    }
}
