using System.Buffers;
using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>Honest users of the transport whose peers may be hostile. Every end of a connection is counted with its reason.</summary>
internal static class VictimRoles
{
    /// <summary>Echoes whatever comes, by pipes or by streams.</summary>
    internal static void Serve(string path, TachyonWaitMode mode, string use)
    {
        EndTally.Watch();
        var options = new TachyonServerOptions { WaitMode = mode, SendRingSize = 65536, ReceiveRingSize = 65536 };
        var settings = new TachyonListenerSettings
        {
            HandshakeFailed = static failure => EndTally.Add(failure.Exception ?? new IOException(failure.Message)),
        };
        var listener = TachyonListener.Listen(path, options, settings);
        _ = AcceptAsync(listener, use == "stream");
        ServerRoles.Report("ready");
    }

    /// <summary>Connects to a hostile server again and again, and carries verified traffic over a connection to an honest one beside
    /// it.</summary>
    internal static void Connect(string path, TachyonWaitMode mode, string honestPath)
    {
        EndTally.Watch();
        var options = new TachyonClientOptions { WaitMode = mode, SendRingSize = 65536, ReceiveRingSize = 65536 };
        _ = Task.Run(() => CallHonestAsync(honestPath, options));
        _ = Task.Run(() => ReconnectAsync(path, options));
        ServerRoles.Report("ready");
    }

    private static async Task AcceptAsync(TachyonListener listener, bool stream)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            _ = UseAsync(connection, stream ? EchoStreamAsync : Traffic.EchoAsync);
        }
    }

    private static async Task UseAsync(TachyonConnection connection, Func<TachyonConnection, Task> use)
    {
        Exception? end = null;
        try
        {
            await use(connection).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = exception;
        }

        EndTally.Add(connection, end);
        try
        {
            // As who gives up on a connection does; a peer that reads nothing must not hold it open.
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            EndTally.AddError($"dispose: {exception}");
        }
    }

    private static async Task EchoStreamAsync(TachyonConnection connection)
    {
        var stream = connection.GetStream();
        var buffer = new byte[8192];
        while (await stream.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }
    }

    private static async Task ReconnectAsync(string path, TachyonClientOptions options)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                var connection = await TachyonConnection.ConnectAsync(path, options).ConfigureAwait(false);
                await UseAsync(connection, i % 2 == 0 ? TalkByPipesAsync : TalkByStreamAsync).ConfigureAwait(false);
            }
            catch (TachyonConnectException)
            {
                // No hostile server yet, or it has had enough.
                await Task.Delay(5).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                EndTally.AddError($"connect: {exception}");
                return;
            }
        }
    }

    private static async Task TalkByPipesAsync(TachyonConnection connection)
    {
        // Nothing can be expected of the answers but that there is some or an end.
        while (true)
        {
            connection.Output.Write(new byte[1_000]);
            var flush = await connection.Output.FlushAsync().ConfigureAwait(false);
            var read = await connection.Input.ReadAsync().ConfigureAwait(false);
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || flush.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task TalkByStreamAsync(TachyonConnection connection)
    {
        var stream = connection.GetStream();
        var buffer = new byte[8192];
        do
        {
            await stream.WriteAsync(buffer.AsMemory(0, 1_000)).ConfigureAwait(false);
        }
        while (await stream.ReadAsync(buffer).ConfigureAwait(false) > 0);
    }

    private static async Task CallHonestAsync(string path, TachyonClientOptions options)
    {
        try
        {
            await using var connection = await TachyonConnection.ConnectAsync(path, options).ConfigureAwait(false);
            for (long position = 0; ; position += 20_000)
            {
                await Traffic.SendAsync(connection.Output, 20_000, (int)position).ConfigureAwait(false);
                await ReceiveAsync(connection.Input, 20_000, (int)position).ConfigureAwait(false);
                EndTally.CountChecked();
            }
        }
        catch (Exception exception)
        {
            EndTally.AddError($"honest connection: {exception}");
        }
    }

    private static async Task ReceiveAsync(PipeReader input, long count, int seed)
    {
        for (long received = 0; received < count;)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            var part = read.Buffer;
            BytePattern.Check(part, received, seed);
            received += part.Length;
            input.AdvanceTo(part.End);
            if (read.IsCompleted)
            {
                throw new EndOfStreamException();
            }
        }
    }
}
