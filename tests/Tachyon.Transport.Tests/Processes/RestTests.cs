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
        string path = _directory.NewSocketPath();
        await using Peer peer = await Peer.StartAsync("serve", path, argument: "hold");
        string child = $"{peer.Id}";
        await using TachyonConnection first = await TachyonConnection.ConnectAsync(path).Within();
        Assert.Equal("accepted", await peer.ReadLineAsync());
        int ours = ProcessFacts.Sockets();
        int theirs = ProcessFacts.Sockets(child);
        int descriptors = ProcessFacts.Descriptors(child);
        var connections = new List<TachyonConnection>();
        for (int i = 0; i < 10; i++)
        {
            connections.Add(await TachyonConnection.ConnectAsync(path).Within());
            Assert.Equal("accepted", await peer.ReadLineAsync());
        }

        Assert.Equal(ours, ProcessFacts.Sockets());
        Assert.Equal(theirs, ProcessFacts.Sockets(child));

        // Two doorbells and one end of the lifeline each; the memory is mapped and its descriptor closed.
        Assert.Equal(descriptors + (3 * 10), ProcessFacts.Descriptors(child));
        foreach (TachyonConnection connection in connections)
        {
            await connection.DisposeAsync().Within();
        }
    }

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Park)]
    public async Task Idle_connections_cost_no_processor_time(TachyonWaitMode mode)
    {
        string path = _directory.NewSocketPath();
        await using Peer peer = await Peer.StartAsync("serve", path, mode, "echo");
        var connections = new List<TachyonConnection>();
        for (int i = 0; i < 50; i++)
        {
            TachyonConnection connection = await TachyonConnection.ConnectAsync(path).Within();
            connections.Add(connection);

            // Traffic, so that each has been polled once.
            await connection.Output.SendPatternAsync(100);
            await connection.Input.ReceivePatternAsync(100);
        }

        // The runtime itself compiles and collects for a while after its start: one second of rest must come, whenever it does.
        // A connection that is polled or ticks would keep it from ever coming.
        long used = long.MaxValue;
        for (int second = 0; second < 10 && used > 2; second++)
        {
            long before = ProcessFacts.CpuTicks(peer.Id);
            await Task.Delay(TimeSpan.FromSeconds(1));
            used = ProcessFacts.CpuTicks(peer.Id) - before;
        }

        Assert.True(used <= 2, $"The process used {used} ticks in a second of rest.");
        foreach (TachyonConnection connection in connections)
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
        await using var server = new TestServer(new TachyonServerOptions { SendRingSize = 65_536, ReceiveRingSize = 65_536 });
        for (int i = 0; i < 20; i++)
        {
            await ConnectAndCloseAsync(server, how);
        }

        int descriptors = ProcessFacts.Descriptors();
        int mappings = ProcessFacts.RingMappings();
        int threads = ProcessFacts.Threads();
        for (int i = 0; i < 200; i++)
        {
            await ConnectAndCloseAsync(server, how);
        }

        await Watchdog.Until(() => ProcessFacts.Descriptors() <= descriptors);
        await Watchdog.Until(() => ProcessFacts.RingMappings() <= mappings);

        // The pool's own threads come and go; one thread per connection would show by the hundred.
        Assert.True(ProcessFacts.Threads() <= threads + 10, $"{ProcessFacts.Threads()} threads after {threads}");
    }

    [Fact]
    public async Task Mappings_are_few_and_go_with_the_connection()
    {
        int before = ProcessFacts.RingMappings();
        await using (var server = new TestServer())
        {
            await using TachyonConnection client = await TachyonConnection.ConnectAsync(server.Path).Within();
            await using TachyonConnection accepted = await server.AcceptAsync();

            // Both ends are in this process. The kernel allows 65,530 mappings to each.
            Assert.InRange(ProcessFacts.RingMappings() - before, 2, 2 * 3);
        }

        await Watchdog.Until(() => ProcessFacts.RingMappings() <= before);
    }

    private static async Task ConnectAndCloseAsync(TestServer server, string how)
    {
        TachyonConnection client = await TachyonConnection.ConnectAsync(server.Path).Within();
        TachyonConnection accepted = await server.AcceptAsync();
        switch (how)
        {
            case "with traffic":
                await client.Output.SendPatternAsync(1_000);
                await accepted.Input.ReceivePatternAsync(1_000);
                await accepted.Output.SendPatternAsync(1_000);
                await client.Input.ReceivePatternAsync(1_000);
                break;
            case "aborted":
                client.Output.WritePattern(100_000);
                Task flush = client.Output.FlushAsync().AsTask();
                client.Abort();
                await flush.Within();
                break;
            case "peer first":
                await accepted.Output.SendPatternAsync(1_000);
                await accepted.DisposeAsync().Within();
                await client.Input.ReceivePatternAsync(1_000);
                await client.Input.AssertEndAsync();
                break;
            case "stream":
                Task<int> reading = client.GetStream().ReadAsync(new byte[1]).AsTask();
                await client.GetStream().WriteAsync(new byte[100]).Within();
                client.GetStream().Dispose();
                await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
                break;
        }

        await client.DisposeAsync().Within();
        await accepted.DisposeAsync().Within();
    }
}
