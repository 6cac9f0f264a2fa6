using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>An orderly end (FIN) and a reset (RST) are different things, and neither loses a byte that was published before it.</summary>
public sealed class EndOfStreamTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fin_is_seen_after_everything_and_stays(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(50_000);
        await pair.Client.Output.CompleteAsync();

        await pair.Server.Input.ReceivePatternAsync(50_000);
        await pair.Server.Input.AssertEndAsync();
        await pair.Server.Input.AssertEndAsync();
        Assert.True(pair.Server.Input.TryRead(out var read));
        Assert.True(read.IsCompleted);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Fin_ends_a_pending_read()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);

        await pair.Client.Output.CompleteAsync();

        Assert.True((await reading.Within()).IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Examined_bytes_are_shown_again_with_the_end(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(100);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        var reading = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);

        await pair.Client.Output.CompleteAsync();

        read = await reading.Within();
        Assert.True(read.IsCompleted);
        Assert.Equal(100, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
        await pair.Server.Input.AssertEndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reset_by_a_completion_with_an_error_comes_after_the_bytes(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(50_000);
        await pair.Client.Output.CompleteAsync(new InvalidDataException("mine"));

        await AssertResetAfterAsync(pair.Server.Input, 50_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reset_by_an_abort_of_the_peer_comes_after_the_bytes(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(50_000);
        pair.Client.Abort();

        await AssertResetAfterAsync(pair.Server.Input, 50_000);
    }

    [Fact]
    public async Task Reset_ends_a_pending_read_and_a_pending_flush()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync().AsTask();
        pair.Server.Output.WritePattern(2 * Pair.DefaultRingSize);
        var flush = pair.Server.Output.FlushAsync().AsTask();
        Assert.False(reading.IsCompleted);
        Assert.False(flush.IsCompleted);

        pair.Client.Abort();

        await Assert.ThrowsAsync<TachyonConnectionResetException>(() => reading.Within());
        Assert.True((await flush.Within()).IsCompleted);
    }

    [Fact]
    public async Task Failures_are_mapped_for_the_owner()
    {
        // The listener of Kestrel wants its own exception types.
        await using var pair = Pair.Create(mapFailure: static failure => new InvalidTimeZoneException("mapped", failure));
        var reading = pair.Server.Input.ReadAsync().AsTask();

        pair.Client.Abort();

        var exception = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => reading.Within());
        Assert.IsType<TachyonConnectionResetException>(exception.InnerException);
    }

    [Fact]
    public async Task Half_close_leaves_the_other_direction_alone()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(100);
        pair.Client.CompleteOutput();
        await pair.Server.Input.ReceivePatternAsync(100);
        await pair.Server.Input.AssertEndAsync();

        await pair.Server.Output.SendPatternAsync(1_000);
        await pair.Client.Input.ReceivePatternAsync(1_000);
        await pair.Server.Output.SendPatternAsync(1_000, position: 1_000);
        await pair.Client.Input.ReceivePatternAsync(1_000, position: 1_000);
        await pair.Server.Output.CompleteAsync();
        await pair.Client.Input.AssertEndAsync();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(uint.MaxValue)]
    public async Task Unknown_state_is_a_violation(uint state)
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(10);
        pair.Control(0).ProducerState = state;

        await Assert.ThrowsAsync<TachyonProtocolException>(async () => await pair.Server.Input.ReadAsync().Within());
        Assert.True((await pair.Server.Output.FlushAsync().Within()).IsCompleted);
    }

    [Fact]
    public async Task Impossible_tail_ends_the_connection_for_reads_and_writes()
    {
        await using var pair = Pair.Create();
        pair.Control(0).Tail = ulong.MaxValue;

        var first = await Assert.ThrowsAsync<TachyonProtocolException>(async () => await pair.Server.Input.ReadAsync().Within());
        var second = await Assert.ThrowsAsync<TachyonProtocolException>(async () => await pair.Server.Input.ReadAsync().Within());
        Assert.Same(first, second);
        Assert.True((await pair.Server.Output.FlushAsync().Within()).IsCompleted);

        // The peer is told.
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await pair.Client.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task Impossible_head_ends_the_connection_and_drops_writes()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(Pair.DefaultRingSize);
        pair.Control(0).Head = Pair.DefaultRingSize + 1;

        pair.Client.Output.WritePattern(10);

        Assert.True((await pair.Client.Output.FlushAsync().Within()).IsCompleted);
        await Assert.ThrowsAsync<TachyonProtocolException>(async () => await pair.Client.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task Bytes_taken_back_end_the_connection_and_do_not_spin()
    {
        // The wait ends by the tail, and the tail is gone when the owner looks: no endless loop, no endless wait.
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(100);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.Start);
        pair.Control(0).Tail = 50;

        await Assert.ThrowsAsync<TachyonProtocolException>(async () => await pair.Server.Input.ReadAsync().Within());
    }

    private static async Task AssertResetAfterAsync(PipeReader reader, int count)
    {
        await reader.ReceivePatternAsync(count);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await reader.ReadAsync().Within());
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await reader.ReadAsync().Within());
        Assert.Throws<TachyonConnectionResetException>(() => reader.TryRead(out _));
    }
}
