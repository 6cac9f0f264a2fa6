using Tachyon.TestPeer;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A client that never reads the replies of its handshakes. Their descriptors are in flight and count against the server's user, which the
/// kernel lets send no more than its limit of open files.
/// </summary>
public sealed class DescriptorsInFlightTests : IDisposable
{
    private const uint Server = 4_000_021;
    private const uint Hostile = 4_000_022;
    private const int OpenFiles = 256;
    private const int Handshakes = 100;
    private const int HonestConnects = 195;

    private readonly TempDirectory _directory = new();

    public DescriptorsInFlightTests()
    {
        // The server makes its socket there.
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);
    }

    public void Dispose() => _directory.Dispose();

    [RequiresTheory(Requires.Root, "setpriv", "prlimit")]
    [InlineData("")]
    [InlineData(" ready")]
    public async Task Unread_replies_of_one_user_fail_no_connect_of_another(string claim)
    {
        var path = _directory.NewSocketPath();
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer", ["serve-users", path, "Park", $"0,{Hostile} 1"], Server, wrapper: ["prlimit", $"--nofile={OpenFiles}:{OpenFiles}"]);
        Assert.Equal("ready", await server.ReadLineAsync());
        await using (var hostile = ChildProgram.Start("Tachyon.TestPeer", ["unread-replies", path, "Park", $"{Handshakes}{claim}"], Hostile))
        {
            Assert.Equal("sent", await hostile.ReadLineAsync());
            for (var i = 0; i < HonestConnects; i++)
            {
                await EchoAsync(path);
            }

            // The server gives the handshakes up after 1 s: the descriptors stay in flight, since nothing but their client can take or drop
            // them.
            await Task.Delay(TimeSpan.FromSeconds(2));
            await using var next = ChildProgram.Start("Tachyon.TestPeer", ["raw-hello", path], Hostile);
            Assert.Equal("LimitReached with 0 descriptors", await next.ReadLineAsync());
            await EchoAsync(path);
        }

        // Dropped with their client.
        await using var later = ChildProgram.Start("Tachyon.TestPeer", ["raw-hello", path], Hostile);
        Assert.Equal("Ok with 4 descriptors", await later.ReadLineAsync());
        Figures.Report("honest connects beside unread replies", HonestConnects);
    }

    private static async Task EchoAsync(string path)
    {
        await using var connection = await TachyonConnection.ConnectAsync(path).Within("an honest connect");
        await Traffic.SendAsync(connection.Output, 1000, seed: 1).Within("an honest write");
        connection.CompleteOutput();
        Assert.Equal(1000, await Traffic.ReceiveAsync(connection.Input, seed: 1).Within("an honest echo"));
    }
}
