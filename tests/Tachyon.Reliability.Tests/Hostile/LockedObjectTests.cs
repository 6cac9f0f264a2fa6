using System.Globalization;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A peer of another user keeps the lock of an object that it shares with its victim, by a system call that waits for a page. The victim's
/// own call on that object waits on the thread for the user of the peer, and honest calls are answered meanwhile.
/// </summary>
[Collection(Serial.Name)]
public sealed class LockedObjectTests : IDisposable
{
    private const uint Attacker = 4_000_013;

    // For userfaultfd(2) alone, where the system lets no other user have it.
    private const string Capability = "sys_ptrace";

    private readonly TempDirectory _directory = new();

    public LockedObjectTests() => File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);

    public void Dispose() => _directory.Dispose();

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Server_serves_others_while_a_client_keeps_the_lock_of_the_memory()
    {
        var path = _directory.NewSocketPath();
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer", ["serve-users", path, "Park", Attacker.ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal("ready", await server.ReadLineAsync());
        await using var honest = await TachyonConnection.ConnectAsync(path).Within();
        await WaitingPeerThread.CallAsync(honest);

        await using var attacker = ChildProgram.Start("Tachyon.TestPeer", ["hold-lock", path], Attacker, capability: Capability);
        Assert.Equal("held", await attacker.ReadLineAsync());
        await AssertServesBesideAsync(server.Id, "shmem_fallocate", attacker, honest, () => TachyonConnection.ConnectAsync(path));

        await using var next = ChildProgram.Start("Tachyon.TestPeer", ["keep-lifeline", path, "Park"], Attacker);
        Assert.Equal("connected", await next.ReadLineAsync());
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Client_calls_others_while_a_server_keeps_the_lock_of_the_lifeline()
    {
        var options = new TachyonClientOptions { WaitMode = TachyonWaitMode.Park };
        var path = _directory.NewSocketPath();
        await using var listener = TachyonListener.Listen(
            new TachyonEndPoint(path), new TachyonServerOptions { WaitMode = TachyonWaitMode.Park });
        var serving = WaitingPeerThread.ServeAsync(listener);
        await using (var honest = await TachyonConnection.ConnectAsync(path, options).Within())
        {
            await WaitingPeerThread.CallAsync(honest);
            var hostilePath = _directory.NewSocketPath();
            await using var attacker = ChildProgram.Start(
                "Tachyon.TestPeer", ["hold-lock-server", hostilePath], Attacker, capability: Capability);
            Assert.Equal("ready", await attacker.ReadLineAsync());
            var connection = await TachyonConnection.ConnectAsync(hostilePath, options).Within();
            Assert.Equal("held", await attacker.ReadLineAsync());
            connection.Abort();
            await connection.DisposeAsync().Within();

            await AssertServesBesideAsync(
                Environment.ProcessId, "pipe_release", attacker, honest, () => TachyonConnection.ConnectAsync(path, options));
        }

        await listener.StopAsync().Within();
        await serving.Within("the accept loop");
    }

    private static async Task AssertServesBesideAsync(
        int processId, string function, ChildProgram attacker, TachyonConnection honest, Func<Task<TachyonConnection>> connect)
    {
        await WaitingPeerThread.AssertServesBesideAsync(
            processId, function, () => WaitingPeerThread.ThreadsIn(processId, function).Count > 0, honest, connect);
        attacker.Kill();
        await attacker.WaitForExitAsync();
        await Watchdog.Until(() => WaitingPeerThread.ThreadsIn(processId, function).Count == 0, "the end of the call that waited");
    }
}
