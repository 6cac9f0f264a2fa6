using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>Back-pressure lives in FlushAsync, and only there.</summary>
public sealed class FlushTests
{
    private const int Capacity = Pair.DefaultRingSize;

    [Fact]
    public async Task Flush_of_what_fits_is_done_at_once()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(Capacity / 2);

        var flush = pair.Client.Output.FlushAsync().AsTask();

        Assert.True(flush.IsCompletedSuccessfully);
        Assert.True(pair.Client.Output.FlushAsync().AsTask().IsCompletedSuccessfully);
        Assert.False((await flush).IsCompleted);
    }

    [Fact]
    public async Task Flush_waits_until_the_reader_makes_room()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(Capacity + 1_000);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);
        Assert.Equal(0, pair.Client.Output.UnflushedBytes);

        await pair.Server.Input.ReceivePatternAsync(Capacity);

        var result = await flush.Within();
        Assert.False(result.IsCompleted);
        Assert.False(result.IsCanceled);
        await pair.Server.Input.ReceivePatternAsync(1_000, position: Capacity);
    }

    [Fact]
    public async Task Writing_beside_a_waiting_flush_is_kept_for_the_next_one()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(2 * Capacity);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        var memory = pair.Client.Output.GetMemory(500);
        BytePattern.Fill(memory.Span[..500], 2 * Capacity, 0);
        pair.Client.Output.Advance(200);
        Assert.Equal(200, pair.Client.Output.UnflushedBytes);

        // The flush ends while the writer still holds its memory, and must not take it away.
        await pair.Server.Input.ReceivePatternAsync(2 * Capacity);
        await flush.Within();
        Assert.False(pair.Server.Input.TryRead(out _));
        pair.Client.Output.Advance(300);
        Assert.Equal(500, pair.Client.Output.UnflushedBytes);

        await pair.Client.Output.FlushAsync().Within();
        await pair.Server.Input.ReceivePatternAsync(500, position: 2 * Capacity);
    }

    [Fact]
    public async Task Second_flush_beside_a_waiting_one_is_refused()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(2 * Capacity);
        var flush = pair.Client.Output.FlushAsync().AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Client.Output.FlushAsync().Within());

        await pair.Server.Input.ReceivePatternAsync(2 * Capacity);
        await flush.Within();
    }

    [Fact]
    public async Task Cancelled_flush_loses_nothing()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(3 * Capacity);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        pair.Client.Output.CancelPendingFlush();

        var result = await flush.Within();
        Assert.True(result.IsCanceled);
        Assert.False(result.IsCompleted);
        Assert.Equal(2 * Capacity, pair.Client.Output.UnflushedBytes);
        flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);
        await pair.Server.Input.ReceivePatternAsync(3 * Capacity);
        Assert.False((await flush.Within()).IsCanceled);
    }

    [Fact]
    public async Task Cancel_before_a_flush_ends_that_flush_and_no_other()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.CancelPendingFlush();
        pair.Client.Output.WritePattern(100);

        Assert.True((await pair.Client.Output.FlushAsync().Within()).IsCanceled);
        Assert.False((await pair.Client.Output.FlushAsync().Within()).IsCanceled);
        await pair.Server.Input.ReceivePatternAsync(100);
    }

    [Fact]
    public async Task Cancel_before_a_flush_that_would_wait_ends_it()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.CancelPendingFlush();
        pair.Client.Output.WritePattern(2 * Capacity);

        Assert.True((await pair.Client.Output.FlushAsync().Within()).IsCanceled);

        var flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);
        await pair.Server.Input.ReceivePatternAsync(2 * Capacity);
        await flush.Within();
    }

    [Fact]
    public async Task Cancelled_token_ends_a_waiting_flush_and_loses_nothing()
    {
        await using var pair = Pair.Create();
        using var source = new CancellationTokenSource();
        pair.Client.Output.WritePattern(2 * Capacity);
        var flush = pair.Client.Output.FlushAsync(source.Token).AsTask();
        Assert.False(flush.IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.Within());
        flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);
        await pair.Server.Input.ReceivePatternAsync(2 * Capacity);
        Assert.False((await flush.Within()).IsCanceled);
    }

    [Fact]
    public async Task Token_cancelled_before_is_thrown_and_the_bytes_stay()
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await pair.Client.Output.FlushAsync(new CancellationToken(canceled: true)).Within());

        Assert.Equal(100, pair.Client.Output.UnflushedBytes);
        await pair.Client.Output.FlushAsync().Within();
        await pair.Server.Input.ReceivePatternAsync(100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reader_that_stopped_completes_flushes(bool dispose)
    {
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(3 * Capacity);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        await (dispose ? pair.Server.DisposeAsync() : pair.Server.Input.CompleteAsync()).Within();

        Assert.True((await flush.Within()).IsCompleted);
        pair.Client.Output.WritePattern(Capacity);
        Assert.True((await pair.Client.Output.FlushAsync().Within()).IsCompleted);
        Assert.Equal(0, pair.Client.Output.UnflushedBytes);
    }

    [Fact]
    public async Task Small_reads_of_a_full_ring_wake_the_writer_in_the_end()
    {
        // The writer asks for half a ring; the reader gives it back in crumbs.
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(2 * Capacity);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        for (var position = 0; position < 2 * Capacity; position += 512)
        {
            await pair.Server.Input.ReceivePatternAsync(512, position);
        }

        await flush.Within();
    }
}
