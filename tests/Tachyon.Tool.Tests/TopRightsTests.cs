using System.Text.Json;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

/// <summary>What 'tachyon top' may see, what it says about the rest, and that it only reads.</summary>
public sealed class TopRightsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Connections_of_others_are_not_shown_but_counted()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");
        await using var client = await Children.PeerAsync("connected", "connect", path, "Park");

        var look = (await ToolRun.RunAsync(["top", "--once", "--json", "--interval", "0.05"], TestUsers.Overflow)).Json();

        Assert.Empty(look.Of(server.Id));
        Assert.True(look.GetProperty("unseen").Int("processes") >= 2);
        Assert.Contains("run as root to see those of other users.", Messages(look), StringComparison.Ordinal);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task A_user_sees_the_figures_of_own_connections()
    {
        await using var pair = await Pair.StartAsync(_directory);

        var look = (await ToolRun.RunAsync(["top", "--once", "--json", "--interval", "0.05"], TestUsers.Overflow)).Json();

        // Not by the file, which takes a capability, but by the memory of the process.
        var connection = Assert.Single(look.Of(pair.Server.Id));
        Assert.Equal(pair.Client.Id, connection.GetProperty("client").GetProperty("process").Int("processId"));
        Assert.Equal("nobody", connection.GetProperty("client").GetProperty("process").Text("user"));
        Assert.Equal("park", connection.GetProperty("server").Text("mode"));
        Assert.Equal("adaptive", connection.GetProperty("client").Text("mode"));
        Assert.Equal(1, connection.GetProperty("toServer").Number("fill"));
    }

    [RequiresFact(Requires.Root, "setpriv", "strace")]
    public async Task Memory_that_may_not_be_read_is_a_connection_without_figures()
    {
        await using var pair = await Pair.StartAsync(_directory);

        // As kernel.yama.ptrace_scope does it; the kernel of a test machine may not have that.
        string[] refusal =
        [
            "strace", "-f", "-o", "/dev/null", "-P", $"/proc/{pair.Server.Id}/mem", "-P", $"/proc/{pair.Client.Id}/mem",
            "-e", "trace=openat,open", "-e", "inject=openat,open:error=EACCES",
        ];
        var look = (await ToolRun.RunAsync(["top", "--once", "--json", "--interval", "0.05"], TestUsers.Overflow, refusal)).Json();

        var connection = Assert.Single(look.Of(pair.Server.Id));
        Assert.Equal(2, connection.GetProperty("processes").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, connection.GetProperty("server").ValueKind);
        Assert.Equal(JsonValueKind.Null, connection.GetProperty("toServer").ValueKind);
        Assert.Equal(1, look.GetProperty("unseen").Int("connections"));
        Assert.Contains("1 connection is shown without figures, because the memory may not be read: ", Messages(look), StringComparison.Ordinal);
        Assert.Contains("run as root", Messages(look), StringComparison.Ordinal);
    }

    [RequiresFact("strace")]
    public async Task It_opens_other_processes_for_reading_only()
    {
        var path = _directory.NewSocketPath();
        var trace = _directory.FilePath("trace");
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");
        await using var client = await Children.PeerAsync("connected", "connect", path, "Park");

        var run = await ToolRun.RunAsync(
            ["top", "--once", "--json", "--interval", "0.05"],
            wrapper: ["strace", "-f", "-o", trace, "-e", "trace=open,openat,openat2,ptrace,process_vm_writev,process_vm_readv,pidfd_getfd,kill,tgkill"]);

        Assert.Single(run.Json().Of(server.Id));
        string[] ours = [$"/proc/{server.Id}/", $"/proc/{client.Id}/"];
        string[] calls = [.. File.ReadLines(trace).Where(line => ours.Any(part => line.Contains(part, StringComparison.Ordinal)))];
        Assert.Contains(calls, static call => call.Contains("/maps", StringComparison.Ordinal));
        Assert.Contains(calls, static call => call.Contains("/map_files/", StringComparison.Ordinal) || call.Contains("/mem\"", StringComparison.Ordinal));
        Assert.All(calls, static call => Assert.Contains("O_RDONLY", call, StringComparison.Ordinal));
        Assert.DoesNotContain(
            File.ReadLines(trace),
            static line => line.Contains("ptrace(", StringComparison.Ordinal)
                || line.Contains("process_vm", StringComparison.Ordinal)
                || line.Contains("pidfd_getfd(", StringComparison.Ordinal));
    }

    private static string Messages(JsonElement look)
        => string.Join('\n', look.GetProperty("unseen").GetProperty("messages").EnumerateArray().Select(static message => message.GetString()));

    /// <summary>A server and a client of another user; the client has filled the ring.</summary>
    private sealed record Pair(ChildProgram Server, ChildProgram Client) : IAsyncDisposable
    {
        internal static async Task<Pair> StartAsync(TempDirectory directory)
        {
            File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_111_111);
            var path = directory.NewSocketPath();
            var server = await Children.PeerAsync("ready", TestUsers.Overflow, "serve", path, "Park", "hold");
            var client = await Children.PeerAsync("connected", TestUsers.Overflow, "connect", path, "Adaptive", "source");
            _ = await TopResult.UntilAsync(server.Id, static connection => connection.GetProperty("toServer").Number("fill") == 1, "0.05");

            // Where it may not be read, that memory looks like a connection.
            await Watchdog.Until(() => !ProcessFacts.HasPreparedMemory($"{server.Id}"), "the end of what the server has prepared");
            return new Pair(server, client);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
