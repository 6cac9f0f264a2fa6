using System.Globalization;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Reliability.Tests.Sandbox;
using Tachyon.TestPeer;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A peer of another user sends a TCP socket with SO_LINGER and closes its own: the last close, by the process that drops it, waits for as
/// long as the peer likes. It waits on the thread for the user of the peer, and honest calls are answered meanwhile.
/// </summary>
[Collection(Serial.Name)]
public sealed class LingeringCloseTests : IDisposable
{
    private const uint Attacker = 4_000_012;
    private const string LastClose = "__fput";
    private const string Library = "libseccomp.so.2";

    /// <summary>A kernel before Linux 6.16: it has no SO_PASSRIGHTS (83), and answers ENOPROTOOPT (92).</summary>
    private const string OldKernel = """
        {
          "defaultAction": "SCMP_ACT_ALLOW",
          "defaultErrnoRet": 0,
          "syscalls": [
            {
              "names": ["setsockopt", "getsockopt"],
              "action": "SCMP_ACT_ERRNO",
              "errnoRet": 92,
              "args": [{ "index": 1, "op": "SCMP_CMP_EQ", "value": 1 }, { "index": 2, "op": "SCMP_CMP_EQ", "value": 83 }]
            }
          ]
        }
        """;

    private readonly TempDirectory _directory = new();

    public LingeringCloseTests() => File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);

    public void Dispose() => _directory.Dispose();

    [RequiresTheory(Requires.Root, "setpriv", Library)]
    [InlineData("doorbell")]
    [InlineData("first-bytes")]
    [InlineData("unread")]
    public async Task Server_serves_others_while_the_close_of_a_descriptor_of_a_client_waits(string way)
    {
        var path = _directory.NewSocketPath();
        var profile = _directory.FilePath("old-kernel.json");
        File.WriteAllText(profile, OldKernel);
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer",
            ["serve-users", path, "Park", Attacker.ToString(CultureInfo.InvariantCulture)],
            wrapper: SeccompProfile.Wrapper(profile));
        Assert.Equal("ready", await server.ReadLineAsync());
        await using var honest = await TachyonConnection.ConnectAsync(path).Within();
        await WaitingPeerThread.CallAsync(honest);

        await using var attacker = ChildProgram.Start("Tachyon.TestPeer", ["linger", path, "Park", way], Attacker);
        Assert.Equal("ready", await attacker.ReadLineAsync());

        // Stopped, so that it finds all that was sent at once.
        server.Signal(Signals.Stop);
        attacker.Send("send");
        var port = await SentAsync(attacker);
        server.Signal(Signals.Continue);

        await WaitingPeerThread.AssertServesBesideAsync(
            server.Id, LastClose, () => IsClosing(port), honest, () => TachyonConnection.ConnectAsync(path));
        await ReleaseAsync(attacker);
        await Watchdog.Until(() => !IsClosing(port), "the end of the close");
        await using var next = ChildProgram.Start("Tachyon.TestPeer", ["keep-lifeline", path, "Park"], Attacker);
        Assert.Equal("connected", await next.ReadLineAsync());
    }

    [RequiresTheory(Requires.Root, "setpriv")]
    [InlineData("doorbell")]
    [InlineData("reply")]
    public async Task Client_calls_others_while_the_close_of_a_descriptor_of_a_server_waits(string way)
    {
        var path = _directory.NewSocketPath();
        await using var listener = TachyonListener.Listen(
            new TachyonEndPoint(path), new TachyonServerOptions { WaitMode = TachyonWaitMode.Park });
        var serving = WaitingPeerThread.ServeAsync(listener);
        await using (var honest = await ConnectAsync(path).Within())
        {
            await WaitingPeerThread.CallAsync(honest);

            var hostilePath = _directory.NewSocketPath();
            await using var attacker = ChildProgram.Start("Tachyon.TestPeer", ["linger-server", hostilePath, "Park", way], Attacker);
            Assert.Equal("ready", await attacker.ReadLineAsync());
            var connecting = ConnectAsync(hostilePath);
            if (way == "doorbell")
            {
                Assert.Equal("connected", await attacker.ReadLineAsync());
                attacker.Send("send");
            }

            var port = await SentAsync(attacker);
            await WaitingPeerThread.AssertServesBesideAsync(
                Environment.ProcessId, LastClose, () => IsClosing(port), honest, () => ConnectAsync(path));
            await ReleaseAsync(attacker);
            if (way == "doorbell")
            {
                await using var connection = await connecting.Within();
                connection.Abort();
            }
            else
            {
                var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => connecting.Within());
                Assert.Equal(TachyonConnectError.NotATachyonServer, exception.Error);
            }
        }

        await listener.StopAsync().Within();
        await serving.Within("the accept loop");
    }

    private static Task<TachyonConnection> ConnectAsync(string path)
        => TachyonConnection.ConnectAsync(path, new TachyonClientOptions { WaitMode = TachyonWaitMode.Park });

    private static async Task<int> SentAsync(ChildProgram attacker)
    {
        var words = (await attacker.ReadLineAsync() ?? throw new InvalidOperationException(attacker.Errors)).Split(' ');
        Assert.Equal(["sent", "0"], words[..2]);
        return int.Parse(words[2], CultureInfo.InvariantCulture);
    }

    private static async Task ReleaseAsync(ChildProgram attacker)
    {
        attacker.Send("release");
        Assert.Equal("released", await attacker.ReadLineAsync());
    }

    /// <summary>The last close of the socket has begun, and its peer has not read what is in it: FIN_WAIT1 (4) in
    /// proc_net_tcp.txt.</summary>
    private static bool IsClosing(int port)
    {
        var local = string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4}");
        return File.ReadLines("/proc/net/tcp")
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(words => words[1] == local && words[3] == "04");
    }
}
