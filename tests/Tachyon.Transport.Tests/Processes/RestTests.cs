namespace Tachyon.Transport.Tests.Processes;

/// <summary>What connections cost while nothing happens on them.</summary>
[Collection(Serial.Name)]
public sealed class RestTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Control_socket_is_closed_on_both_sides_after_the_handshake()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Peer.StartAsync("churn-server", path);
        await using var client = await Peer.StartAsync("churn-client", path);
        client.Send("hold 1");
        Assert.Equal("held 1", await client.ReadLineAsync());
        string[] processes = [$"{server.Id}", $"{client.Id}"];
        await Watchdog.Until(() => !ProcessFacts.HasPreparedMemory($"{server.Id}"));
        int[] sockets = [.. processes.Select(ProcessFacts.Sockets)];
        int[] descriptors = [.. processes.Select(ProcessFacts.Descriptors)];

        client.Send("hold 10");
        Assert.Equal("held 11", await client.ReadLineAsync());
        await Watchdog.Until(() => !ProcessFacts.HasPreparedMemory($"{server.Id}"));

        Assert.Equal(sockets, processes.Select(ProcessFacts.Sockets));

        // Two doorbells and one end of the lifeline each; the memory is mapped and its descriptor closed.
        Assert.Equal(descriptors.Select(static count => count + (3 * 10)), processes.Select(ProcessFacts.Descriptors));
    }

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Park)]
    public async Task Idle_connections_cost_no_processor_time(TachyonWaitMode mode)
    {
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("serve", path, mode, "echo");
        var connections = new List<TachyonConnection>();
        for (var i = 0; i < 50; i++)
        {
            var connection = await TachyonConnection.ConnectAsync(path).Within();
            connections.Add(connection);

            // Traffic, so that each has been polled once.
            await connection.Output.SendPatternAsync(100);
            await connection.Input.ReceivePatternAsync(100);
        }

        // The runtime itself compiles and collects for a while after its start: one second of rest must come, whenever it does.
        // A connection that is polled or ticks would keep it from ever coming.
        var used = long.MaxValue;
        for (var second = 0; second < 10 && used > 2; second++)
        {
            var before = ProcessFacts.CpuTicks(peer.Id);
            await Task.Delay(TimeSpan.FromSeconds(1));
            used = ProcessFacts.CpuTicks(peer.Id) - before;
        }

        Assert.True(used <= 2, $"The process used {used} ticks in a second of rest.");
        foreach (var connection in connections)
        {
            await connection.DisposeAsync().Within();
        }
    }

    [Theory]
    [InlineData("in order")]
    [InlineData("with traffic")]
    [InlineData("aborted")]
    [InlineData("peer first")]
    [InlineData("stream")]
    public async Task Nothing_is_left_of_closed_connections(string how)
    {
        await using var peer = await Peer.StartAsync("close-often", _directory.NewSocketPath(), argument: how);
        await peer.DoAsync("20");
        var before = await ResourceSnapshot.SettledAsync(peer.Id);

        await peer.DoAsync("200");

        await ResourceSnapshot.AssertReturnedAsync(peer.Id, before, "The process of both ends");
    }

    [Fact]
    public async Task Mappings_are_few_and_go_with_the_connection()
    {
        await using var peer = await Peer.StartAsync("close-often", _directory.NewSocketPath(), argument: "in order");
        await peer.DoAsync("open");

        // Both ends are in that process, and for a second the parts for the next client. The kernel allows 65,530 mappings to each process.
        Assert.InRange(ProcessFacts.RingMappings($"{peer.Id}"), 2, 3 * 3);

        await peer.DoAsync("close");
        await Watchdog.Until(() => ProcessFacts.RingMappings($"{peer.Id}") == 0);
    }
}
