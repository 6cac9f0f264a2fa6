using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>Opens and closes connections by command: each carries verified bytes both ways and ends in one of all ways.</summary>
internal sealed class ChurnClient(string path, TachyonWaitMode mode)
{
    private static readonly ChurnEnd[] s_ends = Enum.GetValues<ChurnEnd>();

    private readonly List<TachyonConnection> _held = [];
    private int _next;

    internal void Run(string command)
    {
        var words = command.Split(' ');
        switch (words[0])
        {
            case "churn":
                Wait(() => ChurnAsync(Number(words[1]), atOnce: Number(words[2])));
                ServerRoles.Report($"churned {words[1]}");
                break;
            case "hold":
                Wait(() => HoldAsync(Number(words[1])));
                ServerRoles.Report($"held {_held.Count}");
                break;
            case "exchange":
                Wait(() => Task.WhenAll(_held.Select(ExchangeAsync)));
                ServerRoles.Report($"exchanged {_held.Count}");
                break;
            case "release":
                Wait(() => Task.WhenAll(_held.Select(static connection => connection.DisposeAsync().AsTask())));
                _held.Clear();
                ServerRoles.Report("released");
                break;
            default:
                ChurnCommands.Collect(command);
                break;
        }
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    // Commands come on the main thread, which does nothing else.
    private static void Wait(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();

    private Task ChurnAsync(int count, int atOnce)
    {
        var last = _next + count;
        return Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var number = Interlocked.Increment(ref _next);
                if (number > last)
                {
                    Interlocked.Decrement(ref _next);
                    return;
                }

                await OneAsync(s_ends[number % s_ends.Length], (byte)(number / s_ends.Length)).ConfigureAwait(false);
            }
        })));
    }

    private async Task HoldAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var connection = await ConnectAsync().ConfigureAwait(false);
            _held.Add(connection);
            await RequestAsync(connection, ChurnEnd.Echo, (byte)i).ConfigureAwait(false);
            await ReadAnswerAsync(connection, ChurnServer.Answer((byte)i)).ConfigureAwait(false);
        }
    }

    private async Task ExchangeAsync(TachyonConnection connection)
    {
        var value = (byte)_held.IndexOf(connection);
        connection.Output.Write([value]);
        await connection.Output.FlushAsync().ConfigureAwait(false);
        await ReadAnswerAsync(connection, value).ConfigureAwait(false);
    }

    private async Task OneAsync(ChurnEnd end, byte value)
    {
        var connection = await ConnectAsync().ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (end == ChurnEnd.StreamDisposed)
            {
                await DisposeStreamAsync(connection, value).ConfigureAwait(false);
                return;
            }

            await RequestAsync(connection, end, value).ConfigureAwait(false);
            if (end == ChurnEnd.ClientReadsNothing)
            {
                return;
            }

            if (end == ChurnEnd.ServerReadsNothing)
            {
                await Traffic.SendAsync(connection.Output, ChurnServer.TooMuch, seed: 0).ConfigureAwait(false);
            }

            await ReadAnswerAsync(connection, ChurnServer.Answer(value)).ConfigureAwait(false);
            await EndAsync(connection, end).ConfigureAwait(false);
        }
    }

    private static async Task EndAsync(TachyonConnection connection, ChurnEnd end)
    {
        switch (end)
        {
            case ChurnEnd.ClientAborts:
                connection.Abort();
                return;
            case ChurnEnd.ServerAborts:
                try
                {
                    await connection.Input.ReadAsync().ConfigureAwait(false);
                }
                catch (TachyonConnectionResetException)
                {
                    return;
                }

                throw new InvalidDataException("The server's reset did not come.");
            case ChurnEnd.ClientInOrder:
            case ChurnEnd.Echo:
                connection.CompleteOutput();
                await ReadEndAsync(connection).ConfigureAwait(false);
                return;
            default:
                await ReadEndAsync(connection).ConfigureAwait(false);
                return;
        }
    }

    private static async Task DisposeStreamAsync(TachyonConnection connection, byte value)
    {
        var stream = connection.GetStream();
        await stream.WriteAsync(new byte[] { (byte)ChurnEnd.StreamDisposed, value }).ConfigureAwait(false);
        var answer = new byte[1];
        await stream.ReadExactlyAsync(answer).ConfigureAwait(false);
        Check(answer[0], ChurnServer.Answer(value));
        var pending = stream.ReadAsync(answer).AsTask();
        await stream.DisposeAsync().ConfigureAwait(false);
        try
        {
            await pending.ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        throw new InvalidDataException("A read survived the disposal of its stream.");
    }

    private Task<TachyonConnection> ConnectAsync()
        => TachyonConnection.ConnectAsync(
            path,
            new TachyonClientOptions { WaitMode = mode, SendRingSize = ChurnServer.RingSize, ReceiveRingSize = ChurnServer.RingSize });

    private static async Task RequestAsync(TachyonConnection connection, ChurnEnd end, byte value)
    {
        connection.Output.Write([(byte)end, value]);
        await connection.Output.FlushAsync().ConfigureAwait(false);
    }

    private static async Task ReadAnswerAsync(TachyonConnection connection, byte expected)
    {
        var read = await connection.Input.ReadAsync().ConfigureAwait(false);
        Check(read.Buffer.FirstSpan[0], expected);
        connection.Input.AdvanceTo(read.Buffer.GetPosition(1));
    }

    private static async Task ReadEndAsync(TachyonConnection connection)
    {
        // Given back even so: what a read has shown stays mapped until then.
        var read = await connection.Input.ReadAsync().ConfigureAwait(false);
        connection.Input.AdvanceTo(read.Buffer.Start);
        if (!read.IsCompleted || !read.Buffer.IsEmpty)
        {
            throw new InvalidDataException($"The end of the stream expected, got more.");
        }
    }

    private static void Check(byte actual, byte expected)
    {
        if (actual != expected)
        {
            throw new InvalidDataException($"{expected} expected, got {actual}.");
        }
    }
}
