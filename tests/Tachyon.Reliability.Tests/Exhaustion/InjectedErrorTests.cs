using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// Errors of the kernel that no limit of a process brings about: strace lets the first such call of each thread of the server fail. The
/// client is told that the server could not, the server says which call failed, and the next attempts succeed.
/// </summary>
public sealed class InjectedErrorTests
{
    [RequiresTheory("strace")]
    [InlineData("memfd_create", "ENFILE", "raise the sysctl fs.file-max")]
    [InlineData("memfd_create", "ENOMEM", "vm.max_map_count")]
    [InlineData("memfd_create", "EPERM", "seccomp")]
    [InlineData("ftruncate", "ENOMEM", "vm.max_map_count")]
    [InlineData("eventfd2", "ENOMEM", "vm.max_map_count")]
    [InlineData("sendmsg", "ETOOMANYREFS", "send the descriptors of a connection")]
    public async Task Server_refuses_and_recovers(string call, string error, string message)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer",
            ["pressed-server", path],
            wrapper: ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error={error}:when=1"],
            environment: new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0", ["DOTNET_EnableDiagnostics"] = "0" });
        Assert.Equal("ready", await server.ReadLineAsync());

        // As many as there are threads that may run a handshake, and no more.
        var refused = 0;
        while (true)
        {
            try
            {
                await using var connection = await TachyonConnection.ConnectAsync(path).Within();
                await EchoAssert.EchoesAsync(connection);
                break;
            }
            catch (TachyonConnectException exception)
            {
                Assert.Equal(TachyonConnectError.NoSharedMemory, exception.Error);
                refused++;
                Assert.InRange(refused, 1, 100);
                var said = await server.ReadLineAsync();
                Assert.StartsWith("refused Error: Cannot", said, StringComparison.Ordinal);
                Assert.Contains(message, said, StringComparison.Ordinal);
            }
        }

        Assert.NotEqual(0, refused);
        Figures.Report("resource faults injected", refused);
    }
}
