using System.Buffers;
using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>Answers the connections of the churn, and ends each as its client asks.</summary>
internal static class ChurnServer
{
    internal const int RingSize = 65_536;

    /// <summary>More than a ring holds.</summary>
    internal const int TooMuch = 2 * RingSize;

    /// <summary>What the server answers to a byte.</summary>
    internal static byte Answer(byte value) => (byte)(value ^ 0x5A);

    internal static void Start(string path, TachyonWaitMode mode)
    {
        var options = new TachyonServerOptions { WaitMode = mode, SendRingSize = RingSize, ReceiveRingSize = RingSize };
        _ = AcceptAsync(TachyonListener.Listen(path, options));
        ServerRoles.Report("ready");
    }

    private static async Task AcceptAsync(TachyonListener listener)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            _ = ServeAsync(connection);
        }
    }

    private static async Task ServeAsync(TachyonConnection connection)
    {
        try
        {
            await using (connection.ConfigureAwait(false))
            {
                await RunAsync(connection).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // The test waits for other lines and shows this one.
            ServerRoles.Report($"failed {exception}");
        }
    }

    private static async Task RunAsync(TachyonConnection connection)
    {
        var read = await connection.Input.ReadAtLeastAsync(2).ConfigureAwait(false);
        var request = read.Buffer.Slice(0, 2).ToArray();
        connection.Input.AdvanceTo(read.Buffer.GetPosition(2));
        connection.Output.Write([Answer(request[1])]);
        await connection.Output.FlushAsync().ConfigureAwait(false);
        switch ((ChurnEnd)request[0])
        {
            case ChurnEnd.ServerInOrder:
            case ChurnEnd.ServerReadsNothing:
                return;
            case ChurnEnd.ServerAborts:
                connection.Abort();
                return;
            case ChurnEnd.ClientInOrder:
            case ChurnEnd.StreamDisposed:
                await Traffic.EchoAsync(connection).ConfigureAwait(false);
                return;
            case ChurnEnd.Echo:
                await Traffic.EchoAsync(connection).ConfigureAwait(false);
                return;
            case ChurnEnd.ClientReadsNothing:
                await Traffic.SendAsync(connection.Output, TooMuch, seed: 0).ConfigureAwait(false);
                return;
            case ChurnEnd.ClientAborts:
                await ExpectResetAsync(connection.Input).ConfigureAwait(false);
                return;
            default:
                throw new InvalidDataException($"No such end: {request[0]}.");
        }
    }

    private static async Task ExpectResetAsync(PipeReader input)
    {
        try
        {
            await input.ReadAsync().ConfigureAwait(false);
        }
        catch (TachyonConnectionResetException)
        {
            return;
        }

        throw new InvalidDataException("The client's reset did not come.");
    }
}
