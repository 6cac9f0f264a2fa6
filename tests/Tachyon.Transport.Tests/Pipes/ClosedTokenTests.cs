namespace Tachyon.Transport.Tests.Pipes;

public sealed class ClosedTokenTests
{
    [Fact]
    public async Task Open_connection_is_not_closed()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(10);
        await pair.Server.Input.ReceivePatternAsync(10);

        Assert.False(pair.Client.Closed.IsCancellationRequested);
        Assert.False(pair.Server.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Fires_when_the_end_of_the_stream_was_reached()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Client.Output.SendPatternAsync(10);
        await pair.Client.Output.CompleteAsync();
        await pair.Server.Input.ReceivePatternAsync(10);
        await pair.Server.Input.AssertEndAsync();

        await closed.Within();

        // Half-close: our own receiving side ended, not that of the peer.
        Assert.False(pair.Client.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Fires_when_a_reset_was_read()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Client.Output.CompleteAsync(new InvalidDataException());
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await pair.Server.Input.ReadAsync().Within());

        await closed.Within();
    }

    [Fact]
    public async Task Fires_when_the_peer_closed_without_a_pending_read()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Client.DisposeAsync().Within();

        await closed.Within();
    }

    [Fact]
    public async Task Fires_when_the_peer_aborted_without_a_pending_read()
    {
        // A handler that computes for long wants to know; the peer's process may live on for ever with the aborted connection undisposed.
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        pair.Client.Abort();

        await closed.Within();
    }

    [Fact]
    public async Task Fires_when_the_peer_ended_its_output_without_a_pending_read()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Client.Output.SendPatternAsync(100);
        await pair.Client.Output.CompleteAsync();

        await closed.Within();

        await pair.Server.Input.ReceivePatternAsync(100);
        await pair.Server.Input.AssertEndAsync();
    }

    [Fact]
    public async Task Fires_when_this_side_aborts()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        pair.Server.Abort();

        await closed.Within();
    }

    [Fact]
    public async Task Fires_when_this_side_closes()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Server.DisposeAsync().Within();

        await closed.Within();
    }

    [Fact]
    public async Task Completed_input_fires_only_with_the_output()
    {
        // Kestrel completes its input first, and resets the connection when it is then told that the receiving side ended.
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Server.Output.SendPatternAsync(10);
        await pair.Server.Input.CompleteAsync();

        // Queued to the pool if it were fired: a later item of the same queue comes after it.
        await Task.Run(static () => { });
        Assert.False(pair.Server.IsReceiveEnded);
        Assert.False(pair.Server.Closed.IsCancellationRequested);

        await pair.Server.Output.CompleteAsync();
        await closed.Within();
        await pair.Client.Input.ReceivePatternAsync(10);
        await pair.Client.Input.AssertEndAsync();
    }

    [Fact]
    public async Task Fires_when_the_peer_resets_after_the_input_was_completed()
    {
        await using var pair = Pair.Create();
        var closed = Fired(pair.Server);
        await pair.Server.Input.CompleteAsync();

        pair.Client.Abort();

        await closed.Within();
    }

    [Fact]
    public async Task Fires_once()
    {
        await using var pair = Pair.Create();
        var count = 0;
        var closed = Fired(pair.Server);

        // Callbacks run last in, first out: this one before that.
        pair.Server.Closed.Register(() => Interlocked.Increment(ref count));
        await pair.Client.DisposeAsync().Within();
        await pair.Server.Input.AssertEndAsync();
        pair.Server.Abort();
        await pair.Server.DisposeAsync().Within();

        await closed.Within();
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task Callbacks_never_run_inside_the_call_that_caused_them()
    {
        await using var pair = Pair.Create(inline: true);
        using var released = new ManualResetEventSlim();
        var ran = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Server.Closed.Register(() => ran.SetResult(released.Wait(Watchdog.Limit)));

        // Would wait for itself if the callback ran inside of it.
        await Task.Run(() => pair.Server.Abort()).Within();
        released.Set();

        Assert.True(await ran.Task.Within());
    }

    [Fact]
    public async Task Callback_that_throws_ends_nothing()
    {
        await using var pair = Pair.Create();
        var fired = Fired(pair.Server);
        pair.Server.Closed.Register(static () => throw new InvalidTimeZoneException());
        await pair.Client.Output.CompleteAsync();
        await pair.Server.Input.AssertEndAsync();

        await fired.Within();
        await pair.Server.Output.SendPatternAsync(10);
        await pair.Client.Input.ReceivePatternAsync(10);
    }

    private static Task Fired(TachyonConnection connection)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Closed.Register(source.SetResult);
        return source.Task;
    }
}
