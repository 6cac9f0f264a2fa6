using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>Memory, counting and what a flush makes visible.</summary>
public sealed class PipeWriterTests
{
    private const int Capacity = Pair.DefaultRingSize;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Capacity - 4096)]
    [InlineData(Capacity - 4095)]
    [InlineData(Capacity - 1)]
    [InlineData(Capacity)]
    public async Task Memory_is_as_large_as_asked_for_however_full_the_ring_is(int filled)
    {
        await using var pair = Pair.Create();
        if (filled > 0)
        {
            await pair.Client.Output.SendPatternAsync(filled);
        }

        foreach (var hint in (int[])[0, 1, 100, 4_095, 4_096, 5_000, Capacity, Capacity + 1, 1_000_000])
        {
            Assert.True(pair.Client.Output.GetMemory(hint).Length >= Math.Max(hint, 1), $"GetMemory({hint}) with {filled} bytes in the ring");
            Assert.True(pair.Client.Output.GetSpan(hint).Length >= Math.Max(hint, 1), $"GetSpan({hint}) with {filled} bytes in the ring");
        }

        Assert.Equal(0, pair.Client.Output.UnflushedBytes);
    }

    [Fact]
    public async Task Memory_is_contiguous_across_the_end_of_the_ring()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(60_000);
        await pair.Server.Input.ReceivePatternAsync(60_000);

        BytePattern.Fill(pair.Client.Output.GetSpan(50_000)[..50_000], 0, seed: 9);
        pair.Client.Output.Advance(50_000);
        await pair.Client.Output.FlushAsync().Within();

        await pair.Server.Input.ReceivePatternAsync(50_000, seed: 9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Capacity)]
    public async Task One_memory_may_be_advanced_in_parts(int filled)
    {
        await using var pair = Pair.Create();
        if (filled > 0)
        {
            await pair.Client.Output.SendPatternAsync(filled);
        }

        var memory = pair.Client.Output.GetMemory(1_000);
        BytePattern.Fill(memory.Span[..1_000], filled, 0);
        pair.Client.Output.Advance(1);
        pair.Client.Output.Advance(0);
        pair.Client.Output.Advance(499);
        pair.Client.Output.Advance(500);
        Assert.Equal(1_000, pair.Client.Output.UnflushedBytes);
        var flush = pair.Client.Output.FlushAsync().AsTask();

        await pair.Server.Input.ReceivePatternAsync(filled + 1_000);
        await flush.Within();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Capacity)]
    public async Task Advancing_too_far_throws(int filled)
    {
        await using var pair = Pair.Create();
        if (filled > 0)
        {
            await pair.Client.Output.SendPatternAsync(filled);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Output.Advance(1));
        var length = pair.Client.Output.GetMemory(100).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Output.Advance(length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Output.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Output.GetMemory(-1));
        pair.Client.Output.Advance(length);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Client.Output.Advance(1));
    }

    [Fact]
    public async Task Nothing_is_seen_before_the_flush()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync().AsTask();

        pair.Client.Output.WritePattern(100);
        Assert.Equal(100, pair.Client.Output.UnflushedBytes);
        Assert.Equal(0ul, pair.Control(0).Tail);
        Assert.False(reading.IsCompleted);

        await pair.Client.Output.FlushAsync().Within();
        Assert.Equal(0, pair.Client.Output.UnflushedBytes);
        Assert.Equal(100, (await reading.Within()).Buffer.Length);
    }

    [Fact]
    public async Task Many_small_writes_cross_from_ring_to_overflow_in_order()
    {
        await using var pair = Pair.Create();
        long written = 0;
        while (written < 3 * Capacity)
        {
            pair.Client.Output.WritePattern(777, written);
            written += 777;
            Assert.Equal(written, pair.Client.Output.UnflushedBytes);
        }

        Assert.True(pair.Client.Output.CanGetUnflushedBytes);
        var flush = pair.Client.Output.FlushAsync().AsTask();
        await pair.Server.Input.ReceivePatternAsync(written);
        Assert.False((await flush.Within()).IsCompleted);
        Assert.Equal(0, pair.Client.Output.UnflushedBytes);
    }

    [Fact]
    public async Task Write_async_takes_any_size()
    {
        await using var pair = Pair.Create();
        var writing = pair.Client.Output.WriteAsync(BytePattern.Make(5 * Capacity)).AsTask();
        Assert.False(writing.IsCompleted);

        await pair.Server.Input.ReceivePatternAsync(5 * Capacity);
        await writing.Within();
    }

    [Fact]
    public async Task Completed_writer_takes_no_more()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.CompleteAsync();

        Assert.Throws<InvalidOperationException>(() => pair.Client.Output.GetMemory());
        Assert.True((await pair.Client.Output.FlushAsync().Within()).IsCompleted);
    }

    [Fact]
    public async Task Completing_publishes_what_was_not_flushed()
    {
        // As Pipe does.
        await using var pair = Pair.Create();
        pair.Client.Output.WritePattern(100);
        await pair.Client.Output.CompleteAsync();

        await pair.Server.Input.ReceivePatternAsync(100);
        await pair.Server.Input.AssertEndAsync();
    }
}
