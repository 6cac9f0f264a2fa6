using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Tachyon.Measuring;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Perf.Baselines;

/// <summary>The server of a parked connection.</summary>
internal static class ParkedPeer
{
    internal const ulong Stop = ulong.MaxValue;

    /// <summary>Doorbells rung and received by this process: a write to an eventfd, and an epoll_wait that returned for it.</summary>
    internal static long Crossings
    {
        get
        {
            var sum = ConnectionRegistry.Sum();
            return sum.WakeUpsSent + sum.WakeUpsReceived;
        }
    }

    internal static async Task ServeAsync(string path, BlockingCollection<string> commands)
    {
        var options = new TachyonServerOptions { WaitMode = TachyonWaitMode.Park };
        await using var listener = TachyonListener.Listen(path, options);
        BaselinesPeer.Answer(BaselinesPeer.Ready);
        await using var connection = await listener.AcceptAsync() ?? throw new MeasurementException("The listener stopped.");
        foreach (var command in commands.GetConsumingEnumerable())
        {
            var before = Crossings;
            await EchoAsync(connection.GetStream());
            BaselinesPeer.Answer((Crossings - before).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static async Task EchoAsync(Stream stream)
    {
        var message = new byte[Loops.MessageSize];
        while (true)
        {
            await stream.ReadExactlyAsync(message);
            if (MemoryMarshal.Read<ulong>(message) == Stop)
            {
                return;
            }

            await stream.WriteAsync(message);
        }
    }
}
