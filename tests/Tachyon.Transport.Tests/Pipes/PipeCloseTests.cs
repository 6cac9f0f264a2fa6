using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>Closing in order: nothing that was flushed is lost, and no owner waits for the peer longer than the ring makes
/// necessary.</summary>
public sealed class PipeCloseTests
{
    private const int Capacity = Pair.DefaultRingSize;

    [Fact]
    public async Task Bytes_in_the_ring_outlive_their_sender()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(Capacity);
        var closing = pair.Client.DisposeAsync().AsTask();
        await closing.Within();

        await pair.Server.Input.ReceivePatternAsync(Capacity);
        await pair.Server.Input.AssertEndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_beside_the_ring_are_waited_for(bool flushIsWaiting)
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(5 * Capacity);
        var flush = flushIsWaiting ? pair.Client.Output.FlushAsync().AsTask() : null;
        var closing = pair.Client.DisposeAsync().AsTask();

        // A slow reader: small pieces, with a break after each.
        for (var position = 0; position < 4 * Capacity; position += 4_096)
        {
            Assert.False(closing.IsCompleted);
            await pair.Server.Input.ReceivePatternAsync(4_096, position);
            await Task.Yield();
        }

        // The last ring full needs no more reading for the sender to go.
        await closing.Within();
        await pair.Server.Input.ReceivePatternAsync(Capacity, position: 4 * Capacity);
        await pair.Server.Input.AssertEndAsync();
        if (flush is not null)
        {
            await flush.Within();
        }
    }

    [Fact]
    public async Task Bytes_written_beside_a_waiting_flush_are_not_lost_either()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(2 * Capacity);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        pair.Client.Output.WritePattern(Capacity, position: 2 * Capacity);
        var closing = pair.Client.DisposeAsync().AsTask();

        await pair.Server.Input.ReceivePatternAsync(3 * Capacity);
        await pair.Server.Input.AssertEndAsync();
        await flush.Within();
        await closing.Within();
    }

    [Fact]
    public async Task Waiting_is_cut_short_by_an_abort()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(5 * Capacity);
        var closing = pair.Client.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);

        pair.Client.Abort();

        await closing.Within();
        await pair.Server.Input.ReceivePatternAsync(Capacity);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await pair.Server.Input.ReadAsync().Within());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Waiting_is_cut_short_by_the_end_of_the_peer(bool inOrder)
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(5 * Capacity);
        var closing = pair.Client.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);

        if (!inOrder)
        {
            pair.Server.Abort();
        }

        await pair.Server.DisposeAsync().Within();
        await closing.Within();
    }

    [Fact]
    public async Task Closing_twice_and_from_both_sides_at_once_is_allowed()
    {
        for (var i = 0; i < 200; i++)
        {
            await using var pair = Pair.Create();
            await Task.WhenAll(
                Task.Run(async () => await pair.Client.DisposeAsync()),
                Task.Run(async () => await pair.Server.DisposeAsync())).Within();
            await pair.Client.DisposeAsync().Within();

            Assert.Equal(1u, pair.Control(0).ProducerState);
            Assert.Equal(1u, pair.Control(1).ProducerState);
            Assert.Equal(1u, pair.Control(0).ConsumerState);
            Assert.Equal(1u, pair.Control(1).ConsumerState);
        }
    }

    [Fact]
    public async Task Closing_ends_a_pending_read_of_this_side()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);

        await pair.Server.DisposeAsync().Within();

        // How it ends is open (an exception, or a canceled or completed result); that it ends is not.
        await reading.ContinueWith(static _ => { }).Within("the pending read of a pipe whose connection was disposed");
        Assert.True(reading.IsCompleted);
    }

    [Fact]
    public async Task Unused_connection_closes()
    {
        await using var pair = Pair.Create();
        await pair.Client.DisposeAsync().Within();

        await pair.Server.Input.AssertEndAsync();
        Assert.True((await pair.Server.Output.FlushAsync().Within()).IsCompleted);
    }
}
