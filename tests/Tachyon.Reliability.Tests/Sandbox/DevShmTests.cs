namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>docs/troubleshooting.md: the size of /dev/shm, which containers limit, has nothing to do with our memory.</summary>
public sealed class DevShmTests
{
    // A mount namespace of its own, as a container has: with one page of /dev/shm.
    private static readonly string[] s_onePage = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=4k tmpfs /dev/shm && exec \"$0\" \"$@\""];

    [RequiresFact(Requires.Root, "unshare", "mount")]
    public async Task Rings_far_larger_than_dev_shm_carry_a_megabyte()
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = ChildProgram.Start("Tachyon.TestPeer", ["serve", path, "Adaptive", "echo"], wrapper: s_onePage);
        Assert.Equal("ready", await server.ReadLineAsync());
        await using var client = ChildProgram.Start("Tachyon.TestPeer", ["exchange", path], wrapper: s_onePage);
        Assert.StartsWith("connected to ", await client.ReadLineAsync(), StringComparison.Ordinal);
        AssertOnePage(server);
        AssertOnePage(client);

        client.Send("exchange");

        Assert.Equal("exchanged 1000000", await client.ReadLineAsync());
    }

    private static void AssertOnePage(ChildProgram program)
        => Assert.Contains(
            File.ReadLines($"/proc/{program.Id}/mounts"),
            static mount => mount.StartsWith("tmpfs /dev/shm tmpfs", StringComparison.Ordinal) && mount.Contains("size=4k", StringComparison.Ordinal));
}
