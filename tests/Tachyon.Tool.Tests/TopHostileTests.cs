using System.Buffers.Binary;
using System.Text.Json;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

/// <summary>'tachyon top' reads memory that any peer may have written: it reports that, and continues.</summary>
[Trait("Category", "Long")]
public sealed class TopHostileTests : IDisposable
{
    // Two thousand connections and the looks at them, in a second or two; in much more where the machine is busy.
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromMinutes(2);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Positions_out_of_range_are_shown_as_protocol_errors()
    {
        using var region = FakeRegion.Create();
        region.Header.Fill(0xEE);
        BinaryPrimitives.WriteUInt64LittleEndian(region.Header[0x280..], 1);

        var connection = await LookAsync(region);

        Assert.Equal(JsonValueKind.Null, connection.GetProperty("toServer").GetProperty("used").ValueKind);
        Assert.Equal("unknown", connection.GetProperty("toServer").Text("state"));
        Assert.Equal(JsonValueKind.Null, connection.GetProperty("server").GetProperty("mode").ValueKind);
        Assert.Equal(JsonValueKind.Null, connection.GetProperty("server").GetProperty("process").ValueKind);
        var notes = string.Join('\n', connection.GetProperty("notes").EnumerateArray());
        Assert.Contains("identity line", notes, StringComparison.Ordinal);
        Assert.Contains("can't be those of a ring", notes, StringComparison.Ordinal);
        Assert.Contains($"Neither its server nor its client", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_words_never_stop_it()
    {
        // A fixed seed: what fails once fails again.
        var random = new Random(4711);
        List<FakeRegion> regions = [];
        for (var i = 0; i < 50; i++)
        {
            var region = FakeRegion.Create();
            random.NextBytes(region.Header);
            regions.Add(region);
        }

        var look = await TopResult.LookAsync("0.05");
        var text = await ToolRun.RunAsync("top", "--once", "--interval", "0.05");
        regions.ForEach(static region => region.Dispose());

        ulong[] seen = [.. look.GetProperty("connections").EnumerateArray().Select(static connection => connection.GetProperty("memory").GetUInt64())];
        Assert.All(regions, region => Assert.Contains(region.Inode, seen));
        Assert.Equal(0, text.ExitCode);
        Assert.DoesNotContain('\u001b', text.Output);
        Assert.All(regions, region => Assert.Contains($"Connection {region.Inode}: ", text.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Memory_without_bytes_does_not_kill_it()
    {
        using var region = FakeRegion.WithoutBytes();

        var look = await TopResult.LookAsync("0.05");

        JsonElement connection = Assert.Single(
            look.GetProperty("connections").EnumerateArray(), connection => connection.GetProperty("memory").GetUInt64() == region.Inode);
        Assert.Equal(JsonValueKind.Null, connection.GetProperty("toServer").ValueKind);
        Assert.True(look.GetProperty("unseen").Int("connections") >= 1);
    }

    [RequiresFact(Requires.Root, "mount", "umount")]
    public async Task A_file_of_that_name_on_another_file_system_is_no_connection()
    {
        // What a hostile user can make in a namespace of his own, on a file system that never answers: for the kernel's list of mappings it
        // has the very name of a memfd.
        var mount = Directory.CreateDirectory(_directory.FilePath("mount")).FullName;
        await RunAsync("mount", "-t", "tmpfs", "none", mount);
        var path = Path.Combine(mount, "memfd:tachyon");
        await using var file = File.Create(path);
        using var region = FakeRegion.Of(file);
        File.Delete(path);
        await RunAsync("umount", "-l", mount);
        Assert.Contains(await File.ReadAllLinesAsync("/proc/self/maps"), line =>
            line.Contains($" {region.Inode} ", StringComparison.Ordinal) && line.EndsWith(" /memfd:tachyon (deleted)", StringComparison.Ordinal));

        Assert.DoesNotContain(
            (await TopResult.LookAsync("0.05")).Of(Environment.ProcessId),
            connection => connection.GetProperty("memory").GetUInt64() == region.Inode);
    }

    [Fact]
    public async Task A_live_view_survives_hostile_peers_at_work()
    {
        var path = _directory.NewSocketPath();
        await using var victim = await Children.PeerAsync("ready", "victim-server", path, "Adaptive", "pipe");
        await using var top = EndlessRun.Start("top", "--json", "--interval", "0.05");

        // A hostile connection lives for less than a millisecond, and few of a thousand are there at a look.
        var seen = 0;
        await SeeAsync().Within("looks at hostile connections", s_busyLimit);

        async Task SeeAsync()
        {
            while (seen < 5)
            {
                await using var hostile = await Children.PeerAsync("ready", "hostile-client", path, "Adaptive", "raw 2000 1");
                var done = hostile.ReadLineAsync(s_busyLimit);
                while (!done.IsCompleted)
                {
                    seen += JsonDocument.Parse((await top.ReadLineAsync())!).RootElement.Of(victim.Id).Length;
                }

                Assert.StartsWith("done ", await done, StringComparison.Ordinal);
            }
        }

        var run = await top.InterruptAsync();

        Assert.Equal(130, run.ExitCode);
        Assert.Equal("", run.Errors);
        Figures.Report("hostile connections seen by 'tachyon top'", seen);
    }

    [Fact]
    public async Task A_name_that_gives_orders_to_the_terminal_is_printed_without_them()
    {
        const string Name = "evil\u001b[2J\u0007[red]";
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Tachyon.TestPeer.*"))
        {
            File.Copy(file, _directory.FilePath(Name + Path.GetFileName(file)["Tachyon.TestPeer".Length..]));
        }

        File.Copy(Path.Combine(AppContext.BaseDirectory, "Tachyon.Transport.dll"), _directory.FilePath("Tachyon.Transport.dll"));
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");
        await using var client = ChildProgram.Start(_directory.FilePath(Name), ["connect", path, "Park"]);
        Assert.StartsWith("connected", await client.ReadLineAsync(), StringComparison.Ordinal);

        var run = await ToolRun.RunAsync("top", "--once", "--interval", "0.05");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"evil?[2J?[red] {client.Id} ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Output, static c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public async Task A_path_that_gives_orders_to_the_terminal_is_printed_without_them()
    {
        var path = _directory.FilePath("evil\u001b[2J\u202e (deleted)[red].sock");
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");
        await using var client = await Children.PeerAsync("connected", "connect", path, "Park");

        var run = await ToolRun.RunAsync("top", "--once", "--interval", "0.05", "--path", path);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("/evil?[2J? (deleted)[red].sock ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Output, static c => c == '\u202e' || (char.IsControl(c) && c != '\n'));
    }

    private static async Task RunAsync(string program, params string[] arguments)
        => (await ChildProgram.RunAsync(program, arguments)).Succeeded();

    private static async Task<JsonElement> LookAsync(FakeRegion region)
        => Assert.Single(
            (await TopResult.LookAsync("0.05")).GetProperty("connections").EnumerateArray(),
            connection => connection.GetProperty("memory").GetUInt64() == region.Inode);
}
