using System.Net.Sockets;
using System.Text.RegularExpressions;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A directory in which every user may write, such as an emptyDir of Kubernetes: a neighbor of another user replaces the new socket file
/// while the server starts, so that the server gives its mode and group to another of its own files.
/// </summary>
public sealed partial class SocketFileExchangeTests : IDisposable
{
    private const int SpoiledStarts = 100;
    private const uint ServerUser = 4_000_001;
    private const uint Neighbor = 4_000_002;
    private const uint SharedGroup = 4_000_003;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempDirectory _directory = new();

    public SocketFileExchangeTests() => File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);

    public void Dispose() => _directory.Dispose();

    [RequiresFact(Requires.Root, "setpriv", "chown", "stat")]
    public async Task Neighbor_that_replaces_the_socket_by_a_link_does_not_open_the_file_behind_it()
    {
        var key = _directory.FilePath("key");
        await File.WriteAllTextAsync(key, "secret");
        File.SetUnixFileMode(key, Private);
        await RunAsync("chown", $"{ServerUser}:{ServerUser}", key);

        await AttackAsync($"link {key}");

        Assert.Equal($"600 {ServerUser} {ServerUser}", await RunAsync("stat", "-c", "%a %u %g", key));
        await AssertHonestStartWorksAsync();
    }

    [RequiresFact(Requires.Root, "setpriv", "chown", "stat", "ln")]
    public async Task Neighbor_that_replaces_the_socket_by_another_does_not_open_the_other()
    {
        var admin = _directory.FilePath("admin.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(admin));
        socket.Listen(100);
        File.SetUnixFileMode(admin, Private);
        await RunAsync("chown", $"{ServerUser}:{ServerUser}", admin);

        // A second name, where the neighbor cannot reach it. The attack may end with the two sockets exchanged, or with this one removed: a
        // server that stops unlinks what it has just found to be its own, and the neighbor, who may remove any file here, exchanges the two
        // in between.
        using var safe = new TempDirectory();
        var kept = safe.FilePath("admin.sock");
        await RunAsync("ln", admin, kept);

        await AttackAsync($"socket {admin}");

        Assert.Equal($"600 {ServerUser} {ServerUser}", await RunAsync("stat", "-c", "%a %u %g", kept));
        File.Delete(admin);
        if (await InodeAsync(SocketPath) == await InodeAsync(kept))
        {
            File.Delete(SocketPath);
        }

        await AssertHonestStartWorksAsync();
    }

    private static async Task<string?> InodeAsync(string path) => File.Exists(path) ? await RunAsync("stat", "-c", "%i", path) : null;

    private string SocketPath => _directory.FilePath("app.sock");

    private async Task AttackAsync(string exchange)
    {
        await using var neighbor = ChildProgram.Start(
            "Tachyon.TestPeer", ["exchange-socket-file", SocketPath, nameof(TachyonWaitMode.Park), exchange], user: Neighbor);
        Assert.Equal("ready", await neighbor.ReadLineAsync());
        (var started, var spoiled, var report) = await StartOftenAsync(SpoiledStarts);
        neighbor.Kill();
        await neighbor.WaitForExitAsync();
        File.Delete(_directory.FilePath("key.link"));

        Assert.EndsWith(" other none", report, StringComparison.Ordinal);
        Assert.True(spoiled > 0, $"No start met the neighbor: {report}");
        Figures.Report("starts spoiled by a neighbor that exchanges the socket file", spoiled);
        Figures.Report("starts that came through beside it", started);
    }

    private async Task AssertHonestStartWorksAsync()
    {
        if (new FileInfo(SocketPath).LinkTarget is not null)
        {
            File.Delete(SocketPath);
        }

        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer", ["serve", SocketPath, nameof(TachyonWaitMode.Park), "echo"], user: ServerUser);
        Assert.Equal("ready", await server.ReadLineAsync());
        Assert.Equal($"600 {ServerUser}", await RunAsync("stat", "-c", "%a %u", SocketPath));
    }

    private async Task<(int Started, int Spoiled, string Report)> StartOftenAsync(int spoiled)
    {
        await using var server = ChildProgram.Start(
            "Tachyon.TestPeer",
            ["start-often", SocketPath, nameof(TachyonWaitMode.Park), $"{spoiled} {SharedGroup}"],
            user: ServerUser,
            groups: [SharedGroup]);
        var report = await server.ReadLineAsync(TimeSpan.FromMinutes(2)) ?? throw new InvalidOperationException(server.Errors);
        var numbers = Numbers().Match(report);
        return (int.Parse(numbers.Groups[1].Value, null), int.Parse(numbers.Groups[2].Value, null), report);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
        => (await ChildProgram.RunAsync(program, arguments)).Succeeded();

    [GeneratedRegex(@"^started (\d+) exchanged (\d+) ")]
    private static partial Regex Numbers();
}
