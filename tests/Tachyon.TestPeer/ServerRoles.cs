using System.Globalization;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.TestPeer;

internal static class ServerRoles
{
    private static readonly List<object> s_held = [];

    internal static Task StartAsync(string path, TachyonWaitMode mode, string behaviour)
    {
        var options = new TachyonServerOptions { WaitMode = mode, SendRingSize = 65536, ReceiveRingSize = 65536 };
        var listener = TachyonListener.Listen(path, options);
        _ = AcceptAsync(listener, behaviour);
        Report("ready");
        return Task.CompletedTask;
    }

    /// <summary>Echoes, also for clients of other users. One of them alone could occupy all places for handshakes.</summary>
    /// <param name="path">Path of the socket.</param>
    /// <param name="mode">Wait mode.</param>
    /// <param name="argument">The numbers of the users, with commas; then the seconds that a handshake may take, if not five.</param>
    internal static void ServeUsers(string path, TachyonWaitMode mode, string argument)
    {
        var words = argument.Split(' ');
        var options = new TachyonServerOptions
        {
            WaitMode = mode,
            SendRingSize = 65536,
            ReceiveRingSize = 65536,
            SocketMode = (UnixFileMode)0b110_110_110,
            MaxPendingHandshakes = 1024,
            HandshakeTimeout = TimeSpan.FromSeconds(words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 5),
        };
        foreach (var user in words[0].Split(','))
        {
            options.AllowedUserIds.Add(uint.Parse(user, CultureInfo.InvariantCulture));
        }

        _ = AcceptAsync(TachyonListener.Listen(path, options), "echo");
        Report("ready");
    }

    internal static void ListenWithoutAnswer(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(8);
        s_held.Add(socket);
        Report("ready");
        s_held.Add(socket.Accept());
        Report("accepted");
    }

    internal static void Report(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private static async Task AcceptAsync(TachyonListener listener, string behaviour)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            _ = ServeAsync(connection, behaviour);
        }
    }

    private static async Task ServeAsync(TachyonConnection connection, string behaviour)
    {
        try
        {
            await RunAsync(connection, behaviour).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Report($"failed {exception.GetType().Name} {exception.Message}");
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(TachyonConnection connection, string behaviour)
    {
        var words = behaviour.Split(' ');
        switch (words[0])
        {
            case "echo":
                await Traffic.EchoAsync(connection).ConfigureAwait(false);
                break;
            case "source":
                await Traffic.SendAsync(connection.Output, long.MaxValue, seed: 2).ConfigureAwait(false);
                break;
            case "hold":
                lock (s_held)
                {
                    s_held.Add(connection);
                    Report("accepted");
                }

                return;
            case "stress":
                var total = long.Parse(words[1], CultureInfo.InvariantCulture);
                var sending = SendAllAsync(connection, total);
                var received = await Traffic.ReceiveAsync(connection.Input, seed: 1).ConfigureAwait(false);
                Report($"received {received} sent {await sending.ConfigureAwait(false)}");
                break;
            default:
                throw new ArgumentException($"Unknown behaviour '{behaviour}'.");
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<long> SendAllAsync(TachyonConnection connection, long total)
    {
        var sent = await Traffic.SendAsync(connection.Output, total, seed: 2, chunk: 9000).ConfigureAwait(false);
        await connection.Output.CompleteAsync().ConfigureAwait(false);
        return sent;
    }
}
