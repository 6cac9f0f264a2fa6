using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A client of another user makes the server keep as much in private memory as HTTP/2 allows: responses that it never reads, and requests
/// that no handler reads. Over shared memory the server keeps about as much for it as over the Unix socket, and an honest client is served
/// beside it.
/// </summary>
[Collection(Serial.Name)]
public sealed class HoardedMemoryTests : IDisposable
{
    private const int Connections = 10;

    /// <summary>
    /// Measured: 0.6 to 1.7 MiB. Eight blocks of 64 KiB, copies of what the client has written into its ring, and the garbage collector,
    /// which decides when it returns memory. With large blocks without a limit it was 4.8 MiB. Over the socket the kernel keeps up to 208
    /// KiB in each direction besides, which no process has in its own memory.
    /// </summary>
    private const long MoreThanSocket = 3 << 20;

    /// <summary>Calls, handlers and messages of 100 streams, the blocks that hold their bytes, and the garbage collector.</summary>
    private const long AroundWindows = 8 << 20;

    private readonly TempDirectory _directory = new TempDirectory().OpenToAll();

    public void Dispose() => _directory.Dispose();

    [RequiresTheory(Requires.Root, "setpriv")]
    [InlineData("1024", "unread streams of 1 KiB messages")]
    [FullInlineData("16384", "unread streams of 16 KiB messages")]
    [InlineData("held", "streams that no handler reads")]
    public async Task Server_keeps_about_as_much_private_memory_as_over_the_unix_socket(string hoard, string name)
    {
        // Beside each other: each server is a process, and mostly this waits until it has stopped growing.
        var bytes = await Task.WhenAll(
            MeasureAsync(TransportKind.UnixSocket, "plain", hoard), MeasureAsync(TransportKind.Adaptive, "shared", hoard));
        (var overSocket, var overTachyon) = (bytes[0], bytes[1]);

        Figures.Report($"private KiB of a connection with 100 {name}, Tachyon", $"{overTachyon / 1024}");
        Figures.Report($"private KiB of a connection with 100 {name}, Unix socket", $"{overSocket / 1024}");
        Assert.True(
            overTachyon <= overSocket + MoreThanSocket,
            $"For each connection the server keeps {overTachyon} bytes over Tachyon, and {overSocket} over the Unix socket.");
    }

    /// <summary>In direct mode a slow stream never stops another, so that each keeps its first window whatever the others hold.</summary>
    [RequiresTheory(Requires.Root, "setpriv")]
    [InlineData("1024", "unread streams of 1 KiB messages", 0)]
    [FullInlineData("16384", "unread streams of 16 KiB messages", 0)]
    [InlineData("held", "streams that no handler reads", 128 << 10)]
    public async Task Server_keeps_the_first_windows_of_streams_in_direct_mode(string hoard, string name, long ofStream)
    {
        var bytes = await MeasureAsync(TransportKind.Direct, "direct", hoard);

        Figures.Report($"private KiB of a connection with 100 {name}, direct mode", $"{bytes / 1024}");
        Assert.InRange(bytes, 0, (100 * ofStream) + AroundWindows);
    }

    private async Task<long> MeasureAsync(TransportKind transport, string way, string hoard)
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(HostRole.CallersServer, transport, path);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        using var honest = TestTransport.For(transport).CreateChannel(path);

        // The code is compiled and the pools are filled by a hoarder that leaves again.
        await (await StartHoarderAsync(path, $"{way} 2 {hoard}")).DisposeAsync();
        await LoadAssert.ServesAsync(honest);
        var before = await SettledAsync(server);

        await using var hoarder = await StartHoarderAsync(path, $"{way} {Connections} {hoard}");
        var after = await SettledAsync(server);
        await LoadAssert.ServesAsync(honest);
        return Math.Max(0, after - before) / Connections;
    }

    private static async Task<ChildProgram> StartHoarderAsync(string path, string argument)
    {
        var hoarder = ChildProgram.Start("Tachyon.TestPeer", ["hoard", path, "Park", argument], user: TestUsers.Overflow);
        Assert.Equal("ready", await hoarder.ReadLineAsync());
        return hoarder;
    }

    /// <summary>The anonymous memory of a server once it has stopped growing.</summary>
    private static async Task<long> SettledAsync(ChildProgram server)
    {
        long most = 0;
        for (var same = 0; same < 10; same++)
        {
            await Task.Delay(100);
            var now = ResourceSnapshot.Take(server.Id).Anonymous;
            if (now > most + (64 << 10))
            {
                most = now;
                same = 0;
            }
        }

        return most;
    }
}
