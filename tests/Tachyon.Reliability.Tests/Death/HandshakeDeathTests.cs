using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The product's own processes die at chosen system calls of the handshake: strace sends SIGKILL when the call is entered. The other side
/// gets a clear error, or a connection that ends; it keeps nothing, and the next handshake succeeds.
/// </summary>
public sealed class HandshakeDeathTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    // The runtime's own use of the same calls is switched off: its executable memory is in a memfd, its diagnostics have a socket.
    private static readonly Dictionary<string, string> s_environment = new()
    {
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    public void Dispose() => _directory.Dispose();

    /// <summary>recvmsg: before the hello is read. memfd_create, ftruncate, eventfd2: after it. sendmsg: with the reply.</summary>
    [RequiresTheory("strace")]
    [InlineData("recvmsg")]
    [InlineData("memfd_create")]
    [InlineData("ftruncate")]
    [InlineData("eventfd2")]
    [InlineData("sendmsg")]
    public async Task Server_dies(string call)
    {
        var path = _directory.NewSocketPath();

        // Its handshake does not time out: only the death of the server can end it.
        await using var client = await PeerProgram.StartAsync("patient-client", path);
        Assert.StartsWith("error ", await client.AskAsync("connect-nowhere"), StringComparison.Ordinal);
        var before = await ResourceSnapshot.SettledAsync(client.Id);
        await using (var server = ChildProgram.Start("Tachyon.TestPeer", ["serve", path, "Adaptive", "echo"], environment: s_environment))
        {
            Assert.Equal("ready", await server.ReadLineAsync());

            // From here on: a server makes some of these calls before it listens, too.
            await using var tracer = ChildProgram.StartProgram("strace", ["-f", "-p", $"{server.Id}", .. Killing(call)]);
            await Watchdog.Until(() => tracer.Errors.Contains("attached", StringComparison.Ordinal), "strace attaches to the server");

            Assert.StartsWith($"error {TachyonConnectError.NotATachyonServer}: ", await client.AskAsync("connect"), StringComparison.Ordinal);
            await server.WaitForExitAsync();
        }

        await ResourceSnapshot.AssertReturnedAsync(client.Id, before, "The client");

        // At the same path, where the socket of the dead one lies.
        await using var successor = ChildProgram.Start("Tachyon.TestPeer", ["serve", path, "Adaptive", "echo"]);
        Assert.Equal("ready", await successor.ReadLineAsync());
        await EchoAssert.ServesAsync(path);
        Figures.Report("kills survived", 1);
    }

    /// <summary>sendto: the hello is sent. recvmsg: before the reply is read. statx: while the descriptors are judged, before
    /// ready.</summary>
    [RequiresTheory("strace")]
    [InlineData("sendto")]
    [InlineData("recvmsg")]
    [InlineData("statx")]
    public async Task Client_dies(string call)
    {
        var path = _directory.NewSocketPath();
        await using var server = await PeerProgram.StartAsync("patient-server", path);
        await EchoAssert.ServesAsync(path);
        var before = await ResourceSnapshot.SettledAsync(server.Id);

        await using (var client = Start(call, ["connect", path]))
        {
            Assert.StartsWith($"refused {TachyonHandshakeFailureReason.ClientGone}: ", await server.ReadLineAsync(), StringComparison.Ordinal);
            await client.WaitForExitAsync();
            Assert.Null(await client.ReadLineAsync());
        }

        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
        await EchoAssert.ServesAsync(path);
        Figures.Report("kills survived", 1);
    }

    private static string[] Killing(string call)
        => ["-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=SIGKILL:when=1"];

    private static ChildProgram Start(string call, string[] arguments)
        => ChildProgram.Start(
            "Tachyon.TestPeer",
            arguments,
            wrapper: ["strace", "-f", "-qq", .. Killing(call)],
            environment: s_environment);
}
