using Tachyon.Grpc.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// RLIMIT_FSIZE below the size of a connection's memory. The kernel sends SIGXFSZ, which ends a process that is not prepared. The client
/// gets an error, the server names the limit, and both go on.
/// </summary>
public sealed class FileSizeLimitTests : IDisposable
{
    private const long OneMebibyte = 1L << 20;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresFact("prlimit")]
    public async Task Server_that_starts_with_a_low_limit_refuses_and_lives()
    {
        var path = _directory.NewSocketPath();
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer",
            ["pressed-server", path],
            wrapper: ["prlimit", $"--fsize={OneMebibyte}"],
            environment: new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" });
        Assert.Equal("ready", await server.ReadLineAsync());

        for (var i = 0; i < 3; i++)
        {
            await AssertRefusedAsync(server, path);
            await AssertSmallRingsWorkAsync(path);
        }
    }

    [Fact]
    public async Task Limit_of_a_running_server_can_be_lowered_and_raised()
    {
        var path = _directory.NewSocketPath();
        await using var server = await PeerProgram.StartAsync("pressed-server", path);
        await EchoAssert.ServesAsync(path);
        for (var round = 0; round < 3; round++)
        {
            ResourceLimits.LimitFileSize(server.Id, OneMebibyte);
            await AssertRefusedAsync(server, path);
            await AssertSmallRingsWorkAsync(path);
            ResourceLimits.FreeFileSize(server.Id);
            await EchoAssert.ServesAsync(path);
        }

        Figures.Report("resource faults injected", 3);
    }

    private static async Task AssertRefusedAsync(ChildProgram server, string path)
    {
        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path).Within());
        Assert.Equal(TachyonConnectError.NoSharedMemory, exception.Error);
        var said = await server.ReadLineAsync();
        Assert.StartsWith("refused Error: Cannot set the size of the shared memory", said, StringComparison.Ordinal);
        Assert.Contains("ulimit -f", said, StringComparison.Ordinal);
    }

    private static async Task AssertSmallRingsWorkAsync(string path)
    {
        await using var connection = await TachyonConnection.ConnectAsync(
            path, new TachyonChannelOptions { SendRingSize = 65_536, ReceiveRingSize = 65_536 }).Within();
        await EchoAssert.EchoesAsync(connection);
    }
}
