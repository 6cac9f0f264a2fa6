using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Soak;

/// <summary>Opens channels to the servers of the soak, in all wait modes, makes calls, and closes them again.</summary>
internal sealed class SoakWorker(string directory, Random random)
{
    private const int MostFailures = 10;

    // Larger than all that a call sends: Kestrel has a race when a response takes the window to zero (docs/adr/0006-http2-windows.md).
    private const int Window = 16 * 1024 * 1024;

    private static readonly TransportKind[] s_modes =
    [
        .. Enumerable.Repeat(TransportKind.Adaptive, 6), .. Enumerable.Repeat(TransportKind.Park, 6), TransportKind.Spin,
    ];

    private static readonly SoakServer[] s_servers =
        [.. SoakServer.All.SelectMany(static server => Enumerable.Repeat(server, server.Weight))];

    public long Checked { get; private set; }

    public long Ended { get; private set; }

    public long Interrupted { get; private set; }

    public long Connections { get; private set; }

    public long Bytes { get; private set; }

    public List<string> Failures { get; } = [];

    public async Task RunAsync(Func<bool> isOver)
    {
        while (!isOver() && Failures.Count < MostFailures)
        {
            var server = s_servers[random.Next(s_servers.Length)];
            var mode = s_modes[random.Next(s_modes.Length)];
            var spins = server.Transport == TransportKind.Spin || mode == TransportKind.Spin;
            var handler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = Window };
            using var channel = TestTransport.CreateChannel(TestTransport.For(mode).Attach(handler, server.PathIn(directory)));
            Connections++;
            var calls = spins ? random.Next(1, 10) : random.Next(1, 60);
            for (var call = 0; call < calls && !isOver(); call++)
            {
                if (!await TryCallAsync(server, mode, channel))
                {
                    break;
                }

                // A pause: the soak is long, not fast.
                await Task.Delay(random.Next(0, spins ? 3 : 30));
            }
        }
    }

    private async Task<bool> TryCallAsync(SoakServer server, TransportKind mode, GrpcChannel channel)
    {
        var call = new SoakCall(channel, random);
        try
        {
            var bytes = await call.RunAsync();
            if (call.IsCutShort)
            {
                Ended++;
            }
            else
            {
                Checked++;
                Bytes += bytes;
            }

            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable && server.IsMortal)
        {
            // It was killed; its successor is being started.
            Interrupted++;
            await Task.Delay(50);
            return false;
        }
#pragma warning disable CA1031 // Everything else is a finding.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failures.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {mode} client, {server.Transport} server, {call}: {exception}");
            return false;
        }
    }
}
