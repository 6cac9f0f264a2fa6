using System.Diagnostics;
using System.Text.Json;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Support;
using Tachyon.Transport;

namespace Tachyon.Tool.Tests;

/// <summary>What 'tachyon top' says of honest connections.</summary>
[Trait("Category", "Long")]
public sealed class TopTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive, TachyonWaitMode.Park)]
    [InlineData(TachyonWaitMode.Park, TachyonWaitMode.Spin)]
    public async Task A_connection_has_its_two_processes_users_and_modes(TachyonWaitMode serverMode, TachyonWaitMode clientMode)
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, $"{serverMode}", "hold");
        await using var client = await Children.PeerAsync("connected", "connect", path, $"{clientMode}");

        var connection = Assert.Single((await TopResult.LookAsync()).Of(server.Id));

        AssertSide(connection.GetProperty("server"), server.Id, serverMode);
        AssertSide(connection.GetProperty("client"), client.Id, clientMode);
        AssertRing(connection.GetProperty("toServer"), used: 0, bytes: 0);
        AssertRing(connection.GetProperty("toClient"), used: 0, bytes: 0);
        Assert.Empty(connection.GetProperty("notes").EnumerateArray());
    }

    [Fact]
    public async Task Text_for_people_has_the_same()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");
        await using var client = await Children.PeerAsync("connected", "connect", path, "Adaptive", "source");

        _ = await TopResult.UntilAsync(server.Id, static connection => connection.GetProperty("toServer").Number("fill") == 1, "0.05");

        var run = await ToolRun.RunAsync("top", "--once", "--interval", "0.2");

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain('\u001b', run.Output);
        var user = Environment.UserName;
        Assert.Matches(
            $@"\n{path} +\d.* +\d+ stream +server Tachyon\.TestPeer {server.Id} \({user}\) +park +\d+ +\d+ +0 B/s +0 %\n{path} +\d.* +\d+ stream +client Tachyon\.TestPeer {client.Id} \({user}\) +adaptive +\d+ +\d+ +0 B/s +100 %\n",
            run.Output);
        Assert.DoesNotContain(" \n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportKind.Adaptive, "stream")]
    [InlineData(TransportKind.Direct, "direct")]
    public async Task Protocol_of_a_connection_is_shown(TransportKind transport, string expected)
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(transport, path);
        using var channel = TestTransport.For(transport).CreateChannel(path);
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within();

        Assert.Equal(expected, Assert.Single((await TopResult.LookAsync()).Of(server.Id)).Text("protocol"));
    }

    [Theory]
    [InlineData("--path", "{0}")]
    [InlineData("--path", "tachyon://{0}")]
    [InlineData("--pid", "{1}")]
    [InlineData("--pid", "{2}")]
    public async Task Filters_leave_the_connections_of_one_server_or_process(string option, string value)
    {
        var start = Stopwatch.GetTimestamp();
        var path = _directory.NewSocketPath();
        var other = _directory.NewSocketPath();
        await using var server = await Children.PeerAsync("ready", "serve", path, "Park", "hold");
        await using var client = await Children.PeerAsync("connected", "connect", path, "Park");
        await using var otherServer = await Children.PeerAsync("ready", "serve", other, "Park", "hold");
        await using var otherClient = await Children.PeerAsync("connected", "connect", other, "Park");

        var look = (await ToolRun.RunAsync(
            "top", "--once", "--json", "--interval", "0.05", option, string.Format(null, value, path, server.Id, client.Id))).Json();

        var connection = Assert.Single(look.GetProperty("connections").EnumerateArray());
        Assert.Equal(path, connection.Text("path"));
        Assert.InRange(connection.Number("ageSeconds"), 0, Stopwatch.GetElapsedTime(start).TotalSeconds);
        Assert.Equal(1, look.GetProperty("summary").Int("connections"));
        Assert.Equal(2, look.GetProperty("summary").Int("processes"));
        Assert.True(look.GetProperty("summary").Int("filteredOut") >= 1, $"{look}");
    }

    [Fact]
    public async Task The_busiest_connection_comes_first()
    {
        var idle = _directory.NewSocketPath();
        var busy = _directory.NewSocketPath();
        await using var idleServer = await Children.PeerAsync("ready", "serve", idle, "Park", "hold");
        await using var idleClient = await Children.PeerAsync("connected", "connect", idle, "Park");
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, busy);
        await using var client = EndlessRun.Start("ping", busy, "--interval", "0.002", "--count", "1000000");
        _ = await TopResult.UntilAsync(server.Id, static connection => connection.GetProperty("toServer").Rate("bytesPerSecond") > 0, "0.5");

        var look = await TopResult.LookAsync("0.5");

        double[] rates = [.. look.GetProperty("connections").EnumerateArray()
            .Select(static connection => Rate(connection, "toServer") + Rate(connection, "toClient"))];
        Assert.Equal(rates.OrderDescending(), rates);
        string?[] paths = [.. look.GetProperty("connections").EnumerateArray().Select(static connection => connection.Text("path"))];
        Assert.True(Array.IndexOf(paths, busy) < Array.IndexOf(paths, idle), string.Join(' ', paths));

        static double Rate(JsonElement connection, string ring)
            => connection.GetProperty(ring) is { ValueKind: JsonValueKind.Object } words ? words.Rate("bytesPerSecond") : 0;
    }

    [Fact]
    public async Task Bytes_and_fill_are_those_of_the_rings()
    {
        // Both ends in this process: what is in the rings is known to the byte.
        await using var listener = TachyonListener.Listen(
            new TachyonEndPoint(_directory.NewSocketPath()), new TachyonServerOptions { WaitMode = TachyonWaitMode.Park });
        var accepting = listener.AcceptAsync().AsTask();
        await using var client = await TachyonConnection.ConnectAsync(
            listener.EndPoint.Path, new TachyonClientOptions { SendRingSize = 131_072, ReceiveRingSize = 65_536 });
        await using var server = (await accepting.Within())!;
        await client.GetStream().WriteAsync(new byte[1000]);
        await server.GetStream().WriteAsync(new byte[16_384]);
        await client.GetStream().ReadExactlyAsync(new byte[10_000]);

        var connection = await OwnAsync();

        AssertSide(connection.GetProperty("server"), Environment.ProcessId, TachyonWaitMode.Park);
        AssertSide(connection.GetProperty("client"), Environment.ProcessId, TachyonWaitMode.Adaptive);
        AssertRing(connection.GetProperty("toServer"), used: 1000, bytes: 1000, capacity: 131_072);
        var toClient = connection.GetProperty("toClient");
        Assert.Equal(16_384, toClient.Int("bytes"));

        // A stream takes what is there into its own hands and gives it back at once.
        Assert.InRange(toClient.Int("used"), 0, 6_384);

        server.CompleteOutput();
        client.Abort();
        connection = await OwnAsync();
        Assert.Equal("reset", connection.GetProperty("toServer").Text("state"));
        Assert.Equal("closed", connection.GetProperty("toClient").Text("state"));
    }

    [Fact]
    public async Task Rates_are_those_of_the_traffic()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, path);
        await using var client = EndlessRun.Start("ping", path, "--mode", "park", "--interval", "0.002", "--count", "1000000");
        JsonElement connection = await TopResult.UntilAsync(
            server.Id,
            static connection => connection.GetProperty("toServer").Rate("bytesPerSecond") > 0 && connection.GetProperty("client").Rate("parksPerSecond") > 0,
            "0.5");

        Assert.Equal("tachyon", connection.GetProperty("client").GetProperty("process").Text("name"));
        Assert.Equal("Tachyon.TestHost", connection.GetProperty("server").GetProperty("process").Text("name"));
        foreach (var side in (string[])["server", "client"])
        {
            var words = connection.GetProperty(side);
            Assert.True(words.Number("parksPerSecond") > 0, $"{words}");
            Assert.True(words.Number("wakeUpsSentPerSecond") > 0, $"{words}");
            Assert.True(words.Number("wakeUpsReceivedPerSecond") > 0, $"{words}");
            Assert.True(words.Int("parks") >= words.Number("parksPerSecond") / 10, $"{words}");
        }

        // A PING is 17 bytes, and so is its answer: both directions carry the same.
        var toServer = connection.GetProperty("toServer").Number("bytesPerSecond");
        var toClient = connection.GetProperty("toClient").Number("bytesPerSecond");
        Assert.InRange(toServer, 17, 17 * 500 * 1.5);
        Assert.InRange(toClient, toServer / 2, toServer * 2);
    }

    [Fact]
    public async Task Without_once_it_looks_until_it_is_interrupted()
    {
        await using var top = EndlessRun.Start("top", "--json", "--interval", "0.05");
        for (var look = 0; look < 3; look++)
        {
            var line = (await top.ReadLineAsync())!;
            Assert.True(JsonDocument.Parse(line).RootElement.Number("intervalSeconds") >= 0.04, line);
        }

        var run = await top.InterruptAsync();

        Assert.Equal(130, run.ExitCode);
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public async Task A_connection_that_is_closed_is_not_shown()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, path);
        await using var client = await Children.PeerAsync("connected", "connect", path, "Park");
        Assert.Single((await TopResult.LookAsync("0.05")).Of(server.Id));

        client.Kill();
        await Watchdog.Until(() => ProcessFacts.RingMappings($"{server.Id}") == 0);

        Assert.Empty((await TopResult.LookAsync("0.05")).Of(server.Id));
    }

    /// <summary>The connection within this process, by the size of its ring: other tests have memory of their own in this
    /// process.</summary>
    private static async Task<JsonElement> OwnAsync()
        => Assert.Single(
            (await TopResult.LookAsync()).Of(Environment.ProcessId),
            static connection => connection.GetProperty("toServer") is { ValueKind: JsonValueKind.Object } ring && ring.Int("capacity") == 131_072);

    private static void AssertSide(JsonElement side, int processId, TachyonWaitMode mode)
    {
        var process = side.GetProperty("process");
        Assert.Equal(processId, process.Int("processId"));
        Assert.Equal(Environment.UserName, process.Text("user"));
        Assert.Equal(processId, side.Int("ownProcessId"));
        Assert.Equal(mode.ToString().ToLowerInvariant(), side.Text("mode"));
    }

    private static void AssertRing(JsonElement ring, int used, int bytes, int capacity = 65_536)
    {
        Assert.Equal(capacity, ring.Int("capacity"));
        Assert.Equal(used, ring.Int("used"));
        Assert.Equal((double)used / capacity, ring.Number("fill"), 6);
        Assert.Equal(bytes, ring.Int("bytes"));
        Assert.Equal(0, ring.Number("bytesPerSecond"));
        Assert.Equal("open", ring.Text("state"));
    }
}
