using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Processes;

/// <summary>A peer that is killed is seen as a reset, after everything that it had published, by whatever is pending.</summary>
public sealed class PeerDeathTests : IDisposable
{
    private const int Capacity = 65_536;

    private readonly TempDirectory _directory = new();

    public static TheoryData<TachyonWaitMode> Modes => [TachyonWaitMode.Adaptive, TachyonWaitMode.Park, TachyonWaitMode.Spin];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Server_killed_while_idle_ends_reads_and_flushes(TachyonWaitMode mode)
    {
        (var peer, var connection) = await ConnectAsync("hold", mode);
        await using var disposePeer = peer;
        await using var disposeConnection = connection;
        var reading = connection.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);

        peer.Kill();

        await AssertResetAsync(reading);
        connection.Output.WritePattern(10);
        Assert.True((await connection.Output.FlushAsync().Within()).IsCompleted);
        await Watchdog.Until(() => connection.Closed.IsCancellationRequested);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Client_killed_while_idle_ends_reads_and_flushes(TachyonWaitMode mode)
    {
        // The other end of the lifeline than above.
        await using var server = new TestListener(new TachyonServerOptions { WaitMode = mode });
        await using var peer = Peer.StartClient(server.Path, argument: "hold");
        await using var connection = await server.AcceptAsync();
        Assert.Equal(peer.Id, connection.Peer.ProcessId);
        Assert.Equal($"connected to {Environment.ProcessId}", await peer.ReadLineAsync());
        var reading = connection.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);

        peer.Kill();

        await AssertResetAsync(reading);
        Assert.True((await connection.Output.FlushAsync().Within()).IsCompleted);
        await Watchdog.Until(() => connection.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Death_is_noticed_without_a_pending_read()
    {
        (var peer, var connection) = await ConnectAsync("hold");
        await using var disposePeer = peer;
        await using var disposeConnection = connection;

        peer.Kill();

        await Watchdog.Until(() => connection.Closed.IsCancellationRequested);
        Assert.True((await connection.Output.FlushAsync().Within()).IsCompleted);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Stream_is_cut_where_the_peer_was_killed_and_not_before(TachyonWaitMode mode)
    {
        (var peer, var connection) = await ConnectAsync("source", mode);
        await using var disposePeer = peer;
        await using var disposeConnection = connection;
        await connection.Input.ReceivePatternAsync(1_000_000, seed: 2);

        peer.Kill();

        // However much came before the kill, it is the pattern; then comes the reset.
        long more = 0;
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () =>
        {
            while (true)
            {
                var read = await connection.Input.ReadAsync().Within();
                Assert.False(read.IsCompleted);
                BytePattern.Check(read.Buffer, 1_000_000 + more, seed: 2);
                more += read.Buffer.Length;
                connection.Input.AdvanceTo(read.Buffer.End);
            }
        });
    }

    [Fact]
    public async Task Full_ring_of_a_killed_writer_can_still_be_drained()
    {
        (var peer, var connection) = await ConnectAsync("source");
        await using var disposePeer = peer;
        await using var disposeConnection = connection;

        // Looks without examining, until the other writer has filled the ring and waits.
        await Watchdog.Until(() =>
        {
            if (!connection.Input.TryRead(out var read))
            {
                return false;
            }

            var shown = read.Buffer.Length;
            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
            return shown == Capacity;
        });

        peer.Kill();

        await Watchdog.Until(() => connection.Closed.IsCancellationRequested);
        await connection.Input.ReceivePatternAsync(Capacity, seed: 2);
        await AssertResetAsync(connection.Input.ReadAsync().AsTask());
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Our_writer_that_waits_for_space_is_released(TachyonWaitMode mode)
    {
        (var peer, var connection) = await ConnectAsync("hold", mode);
        await using var disposePeer = peer;
        await using var disposeConnection = connection;
        connection.Output.WritePattern(3 * Capacity);
        var flush = connection.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        peer.Kill();

        Assert.True((await flush.Within()).IsCompleted);
        await AssertResetAsync(connection.Input.ReadAsync().AsTask());
    }

    [Fact]
    public async Task Closing_does_not_wait_for_a_dead_reader()
    {
        (var peer, var connection) = await ConnectAsync("hold");
        await using var disposePeer = peer;
        connection.Output.WritePattern(3 * Capacity);
        var closing = connection.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);

        peer.Kill();

        await closing.Within();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Pending_operations_of_a_stream_are_reset(TachyonWaitMode mode)
    {
        (var peer, var connection) = await ConnectAsync("hold", mode);
        await using var disposePeer = peer;
        await using var disposeConnection = connection;
        var stream = connection.GetStream();
        var reading = stream.ReadAsync(new byte[1]).AsTask();
        var writing = stream.WriteAsync(new byte[3 * Capacity]).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.False(writing.IsCompleted);

        peer.Kill();

        await AssertResetAsync(reading);
        await AssertResetAsync(writing);
        await AssertResetAsync(stream.ReadAsync(new byte[1]).AsTask());
        await AssertResetAsync(stream.WriteAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task Client_killed_during_the_handshake_is_reported()
    {
        await using var server = new TestListener();
        await using var peer = await Peer.StartAsync("half-hello", server.Path);

        peer.Kill();

        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.ClientGone, failure.Reason);
        Assert.Equal(peer.Id, failure.Peer?.ProcessId);
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task Server_killed_during_the_handshake_fails_the_connect_at_once()
    {
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("mute-server", path);
        var connecting = TachyonConnection.ConnectAsync(
            path, new TachyonClientOptions { HandshakeTimeout = TimeSpan.FromHours(1) });
        Assert.Equal("accepted", await peer.ReadLineAsync());
        Assert.False(connecting.IsCompleted);

        peer.Kill();

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => connecting.Within());
        Assert.Equal(TachyonConnectError.NotATachyonServer, exception.Error);
    }

    [Fact]
    public async Task Stopped_process_loses_nothing()
    {
        const int Total = 10_000_000;
        (var peer, var connection) = await ConnectAsync("echo");
        await using var disposePeer = peer;
        await using var disposeConnection = connection;
        var sending = Task.Run(() => Traffic.SendAsync(connection.Output, Total, seed: 5));
        var receiving = Task.Run(() => Traffic.ReceiveAsync(connection.Input, seed: 5, limit: Total));
        for (var i = 0; i < 10; i++)
        {
            peer.Signal(Signals.Stop);
            await Task.Delay(5);
            peer.Signal(Signals.Continue);
            await Task.Delay(5);
        }

        Assert.Equal(Total, await sending.Within());
        Assert.Equal(Total, await receiving.Within());
        Assert.False(connection.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Stopped_process_is_not_a_dead_one()
    {
        (var peer, var connection) = await ConnectAsync("echo");
        await using var disposePeer = peer;
        await using var disposeConnection = connection;
        peer.Signal(Signals.Stop);
        connection.Output.WritePattern(3 * Capacity, seed: 5);
        var flush = connection.Output.FlushAsync().AsTask();
        var reading = connection.Input.ReadAsync().AsTask();
        Assert.False(flush.IsCompleted);
        Assert.False(reading.IsCompleted);

        peer.Signal(Signals.Continue);

        var read = await reading.Within();
        connection.Input.AdvanceTo(read.Buffer.Start);
        await connection.Input.ReceivePatternAsync(3 * Capacity, seed: 5);
        Assert.False((await flush.Within()).IsCompleted);
    }

    private static async Task AssertResetAsync(Task task)
    {
        var exception = await Assert.ThrowsAsync<TachyonConnectionResetException>(() => task.Within());
        Assert.NotEmpty(exception.Message);
    }

    private async Task<(Peer Peer, TachyonConnection Connection)> ConnectAsync(
        string behaviour, TachyonWaitMode mode = TachyonWaitMode.Adaptive)
    {
        var path = _directory.NewSocketPath();
        var peer = await Peer.StartAsync("serve", path, argument: behaviour);
        var options = new TachyonClientOptions { WaitMode = mode, SendRingSize = Capacity, ReceiveRingSize = Capacity };
        var connection = await TachyonConnection.ConnectAsync(path, options).Within();
        Assert.Equal(peer.Id, connection.Peer.ProcessId);
        return (peer, connection);
    }
}
