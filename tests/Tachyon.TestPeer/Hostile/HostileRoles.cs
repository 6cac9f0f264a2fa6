using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>A hostile process: one connection to a victim after another, and everything that the scribbler knows done to each of
/// them.</summary>
internal static class HostileRoles
{
    private const int MostPerConnection = 16;

    /// <summary>As a client. The argument: "raw" or "http", the number of mutations, the seed.</summary>
    internal static void Attack(string path, string argument)
    {
        (var traffic, var mutations, var random) = Parse(argument);
        _ = RunAsync(mutations, random, () => HostileEnd.ConnectAsync(path), traffic == "http" ? MutateUnderHttpAsync : MutateUnderRawAsync);
        ServerRoles.Report("ready");
    }

    /// <summary>As a server. The argument as above, or "relay" and the path of the honest server to relay to.</summary>
    internal static void Lure(string path, string argument)
    {
        (var traffic, var mutations, var random) = Parse(argument);
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen(64);
        var upstream = argument.Split(' ') is [.., var last] ? last : "";
        Func<HostileEnd, Random, Task<int>> mutate =
            traffic == "relay" ? (end, dice) => MutateUnderRelayAsync(end, dice, upstream) : MutateUnderRawAsync;
        _ = RunAsync(mutations, random, () => HostileEnd.AcceptAsync(listening), mutate, () =>
        {
            listening.Dispose();
            File.Delete(path);
        });
        ServerRoles.Report("ready");
    }

    /// <summary>
    /// Rings the victim's doorbell as fast as it goes on one thread, and flips on another, without an end, what a live connection may say.
    /// </summary>
    internal static async Task StormAsync(string path)
    {
        var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        Start(() => end.RingVictim());
        Start(() =>
        {
            Volatile.Write(ref end.Toward.SpaceWanted, 1);
            Volatile.Write(ref end.From.DataWanted, 1);
            Volatile.Write(ref end.Toward.DataWanted, 0);
            Volatile.Write(ref end.Toward.DataWanted, 1);
        });
        ServerRoles.Report("ready");

        static void Start(Action act) => new Thread(() =>
        {
            while (true)
            {
                act();
            }
        })
        {
            IsBackground = true,
        }.Start();
    }

    private static async Task RunAsync(
        int mutations, Random random, Func<Task<HostileEnd>> open, Func<HostileEnd, Random, Task<int>> mutate, Action? close = null)
    {
        try
        {
            var connections = 0;
            for (var done = 0; done < mutations; connections++)
            {
                using var end = await open().ConfigureAwait(false);
                done += await mutate(end, random).ConfigureAwait(false);
            }

            close?.Invoke();
            ServerRoles.Report("done " + JsonSerializer.Serialize(new { Connections = connections, Mutations = Corruptor.Done }));
        }
        catch (Exception exception)
        {
            ServerRoles.Report($"failed {exception}".ReplaceLineEndings(" "));
        }
    }

    private static Task<int> MutateUnderRawAsync(HostileEnd end, Random random)
    {
        var scribbler = new Corruptor(end, random);
        var traffic = new RawTraffic(end, random);
        var most = random.Next(1, MostPerConnection);
        var done = 0;
        for (var i = random.Next(3); i > 0; i--)
        {
            traffic.Step();
        }

        while (done < most && !end.VictimEnded)
        {
            // Sometimes several at once: one of them may pass the check that stops another.
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                scribbler.Mutate();
                done++;
            }

            if (random.Next(3) == 0)
            {
                end.RingVictim();
            }

            traffic.LetVictimLook();
            traffic.Step();
            traffic.LetVictimLook();
        }

        return Task.FromResult(done);
    }

    private static async Task<int> MutateUnderHttpAsync(HostileEnd end, Random random)
    {
        await using var connection = end.ToConnection();
        using var calls = new HttpTraffic(connection);
        var calling = calls.CallAsync(random.Next());
        return await MutateWhileAsync(end, random, connection, calling).ConfigureAwait(false);
    }

    private static async Task<int> MutateUnderRelayAsync(HostileEnd end, Random random, string upstream)
    {
        await using var connection = end.ToConnection();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(upstream)).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        var own = connection.GetStream();
        Task relaying = Task.WhenAny(own.CopyToAsync(stream), stream.CopyToAsync(own));
        return await MutateWhileAsync(end, random, connection, relaying).ConfigureAwait(false);
    }

    private static async Task<int> MutateWhileAsync(HostileEnd end, Random random, TachyonConnection connection, Task traffic)
    {
        var scribbler = new Corruptor(end, random);
        var most = random.Next(1, MostPerConnection);
        var done = 0;

        // The first bytes go through, mostly: an attack on the preface alone would be dull.
        SpinWait.SpinUntil(() => end.From.Tail > 0, random.Next(20));
        while (done < most && !end.VictimEnded && !traffic.IsCompleted)
        {
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                scribbler.Mutate();
                done++;
            }

            end.RingVictim();
            var tail = end.From.Tail;
            SpinWait.SpinUntil(() => end.From.Tail != tail || end.VictimEnded || traffic.IsCompleted, 1);
        }

        connection.Abort();
        try
        {
            await traffic.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException or SocketException)
        {
            // Whatever a hostile peer deserves.
        }

        return done;
    }

    private static (string Traffic, int Mutations, Random Random) Parse(string argument)
    {
        var words = argument.Split(' ');
        return (words[0], int.Parse(words[1], CultureInfo.InvariantCulture), new Random(int.Parse(words[2], CultureInfo.InvariantCulture)));
    }
}
