using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestPeer;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The product's own processes die at chosen system calls of the handshake: strace sends SIGKILL when the call is entered. The other side gets a
/// clear error, or a connection that ends; it keeps nothing, and the next handshake succeeds.
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
    [NeedsTheory("strace")]
    [InlineData("recvmsg")]
    [InlineData("memfd_create")]
    [InlineData("ftruncate")]
    [InlineData("eventfd2")]
    [InlineData("sendmsg")]
    public async Task Server_dies(string call)
    {
        string path = _directory.NewSocketPath();
        OwnResources before = OwnResources.Take();
        await using (ChildProgram server = Start(call, ["serve", path, "Adaptive", "echo"]))
        {
            Assert.Equal("ready", await server.ReadLineAsync());

            var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection
                .ConnectAsync(path, new TachyonClientOptions { HandshakeTimeout = TimeSpan.FromHours(1) })
                .Within($"the attempt to connect to a server that died at {call}"));

            Assert.Equal(TachyonConnectError.NotATachyonServer, exception.Error);
            await server.WaitForExitAsync();
        }

        await before.AssertReturnedAsync();

        // At the same path, where the socket of the dead one lies.
        await using ChildProgram successor = ChildProgram.Start("Tachyon.TestPeer", ["serve", path, "Adaptive", "echo"]);
        Assert.Equal("ready", await successor.ReadLineAsync());
        await EchoAssert.ServesAsync(path);
        Figures.Report("kills survived", 1);
    }

    /// <summary>sendto: the hello is sent. recvmsg: before the reply is read. statx: while the descriptors are judged, before ready.</summary>
    [NeedsTheory("strace")]
    [InlineData("sendto")]
    [InlineData("recvmsg")]
    [InlineData("statx")]
    public async Task Client_dies(string call)
    {
        string path = _directory.NewSocketPath();
        var failures = System.Threading.Channels.Channel.CreateUnbounded<TachyonHandshakeFailure>();
        await using TachyonListener listener = TachyonListener.Listen(
            new TachyonEndPoint(path),
            new TachyonServerOptions { HandshakeTimeout = TimeSpan.FromHours(1) },
            failure => failures.Writer.TryWrite(failure));
        _ = ServeAsync(listener);
        await EchoAssert.ServesAsync(path);
        OwnResources before = OwnResources.Take();

        await using (ChildProgram client = Start(call, ["connect", path]))
        {
            TachyonHandshakeFailure failure = await failures.Reader.ReadAsync().Within($"the refusal of a client that died at {call}");
            Assert.Equal(HandshakeFailureReason.ClientGone, failure.Reason);
            await client.WaitForExitAsync();
            Assert.Null(await client.ReadLineAsync());
        }

        await before.AssertReturnedAsync();
        await EchoAssert.ServesAsync(path);
        Figures.Report("kills survived", 1);
    }

    private static ChildProgram Start(string call, string[] arguments)
        => ChildProgram.Start(
            "Tachyon.TestPeer",
            arguments,
            wrapper: ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=SIGKILL"],
            environment: s_environment);

    private static async Task ServeAsync(TachyonListener listener)
    {
        while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
        {
            await using (connection)
            {
                await Traffic.EchoAsync(connection);
            }
        }
    }
}
