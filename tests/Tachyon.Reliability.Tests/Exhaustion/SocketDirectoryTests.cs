using Tachyon.Reliability.Tests.FaultSupport;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// The directory of the socket can't take it. The file systems are real, in a mount namespace of the child: the message says what is wrong
/// and what to do, and with room there the same process can listen.
/// </summary>
public sealed class SocketDirectoryTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresFact(Requires.Root, "unshare", "mount")]
    public async Task Full_file_system()
    {
        // One inode is the root of it, the second the file that is in the way.
        await AssertRecoversAsync(
            "mount -t tmpfs -o size=64k,nr_inodes=2 tmpfs $0 && touch $0/full",
            "has no room for another file: free space or inodes",
            static root => File.Delete(Path.Combine(root, "full")));
    }

    [RequiresFact(Requires.Root, "unshare", "mount")]
    public async Task Read_only_file_system()
    {
        await AssertRecoversAsync(
            "mount -t tmpfs tmpfs $0 && touch $0/writable && mount -o remount,ro $0",
            "is on a read-only file system: choose",
            recover: null);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Directory_of_another_user()
    {
        _directory.OpenToAll();
        var path = _directory.NewSocketPath();
        await using var server = ChildProgram.Start("Tachyon.TestPeer", ["pressed-server", path], TestUsers.Overflow);
        var error = await server.ReadLineAsync();
        Assert.StartsWith("error IOException", error, StringComparison.Ordinal);
        Assert.Contains($"may not write in '{_directory.Path}': give it the right", error, StringComparison.Ordinal);

        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);

        Assert.Equal("ready", await server.AskAsync("listen"));
        Assert.True(File.Exists(path));
        Figures.Report("resource faults injected", 1);
    }

    private async Task AssertRecoversAsync(string mount, string message, Action<string>? recover)
    {
        var path = _directory.NewSocketPath();
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer", ["pressed-server", path], wrapper: ["unshare", "--mount", "sh", "-c", mount + " && exec \"$@\"", _directory.Path]);
        var error = await server.ReadLineAsync();
        Assert.StartsWith("error IOException", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);

        // Into the mount namespace of the child, and through it.
        var inside = $"/proc/{server.Id}/root{_directory.Path}";
        if (recover is null)
        {
            string[] remount = ["-t", $"{server.Id}", "-m", "mount", "-o", "remount,rw", _directory.Path];
            (await ChildProgram.RunAsync("nsenter", remount)).Succeeded();
        }
        else
        {
            recover(inside);
        }

        Assert.Equal("ready", await server.AskAsync("listen"));
        Assert.True(File.Exists(Path.Combine(inside, Path.GetFileName(path))));
        Figures.Report("resource faults injected", 1);
    }
}
