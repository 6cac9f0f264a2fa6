using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

public sealed class PipeReaderCancelTests
{
    [Fact]
    public async Task Cancel_before_a_read_ends_that_read_and_no_other()
    {
        await using var pair = Pair.Create();
        pair.Server.Input.CancelPendingRead();
        pair.Server.Input.CancelPendingRead();

        var read = await pair.Server.Input.ReadAsync().Within();
        Assert.True(read.IsCanceled);
        Assert.False(read.IsCompleted);
        Assert.True(read.Buffer.IsEmpty);
        pair.Server.Input.AdvanceTo(read.Buffer.End);

        var next = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(next.IsCompleted);
        await pair.Client.Output.SendPatternAsync(10);
        read = await next.Within();
        Assert.False(read.IsCanceled);
        Assert.Equal(10, read.Buffer.Length);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Cancel_during_a_read_ends_it()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);

        pair.Server.Input.CancelPendingRead();

        var read = await reading.Within();
        Assert.True(read.IsCanceled);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_read_shows_the_bytes_that_are_there(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(10);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);

        pair.Server.Input.CancelPendingRead();
        read = await pair.Server.Input.ReadAsync().Within();

        Assert.True(read.IsCanceled);
        Assert.Equal(10, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.Start);
        Assert.True(pair.Server.Input.TryRead(out read));
        Assert.False(read.IsCanceled);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Cancel_ends_try_read_too()
    {
        await using var pair = Pair.Create();
        pair.Server.Input.CancelPendingRead();

        Assert.True(pair.Server.Input.TryRead(out var read));
        Assert.True(read.IsCanceled);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Fact]
    public async Task Cancelled_token_ends_a_pending_read_and_loses_nothing()
    {
        await using var pair = Pair.Create();
        using var source = new CancellationTokenSource();
        var reading = pair.Server.Input.ReadAsync(source.Token).AsTask();
        Assert.False(reading.IsCompleted);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());
        Assert.Equal(source.Token, exception.CancellationToken);
        await pair.Client.Output.SendPatternAsync(10);
        await pair.Server.Input.ReceivePatternAsync(10);
        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Fact]
    public async Task Token_cancelled_before_is_thrown_even_with_data()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(10);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await pair.Server.Input.ReadAsync(new CancellationToken(canceled: true)).Within());
        await pair.Server.Input.ReceivePatternAsync(10);
    }

    [Fact]
    public async Task Token_cancelled_after_a_read_does_not_reach_the_next_one()
    {
        await using var pair = Pair.Create();
        using var source = new CancellationTokenSource();
        var reading = pair.Server.Input.ReadAsync(source.Token).AsTask();
        await pair.Client.Output.SendPatternAsync(10);
        var read = await reading.Within();
        pair.Server.Input.AdvanceTo(read.Buffer.End);

        await source.CancelAsync();

        var next = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(next.IsCompleted);
        await pair.Client.Output.SendPatternAsync(10, position: 10);
        read = await next.Within();
        Assert.False(read.IsCanceled);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Cancel_after_completion_does_nothing()
    {
        await using var pair = Pair.Create();
        await pair.Server.DisposeAsync().AsTask().Within();

        pair.Server.Input.CancelPendingRead();
        pair.Server.Output.CancelPendingFlush();

        Assert.True(pair.Server.Closed.CanBeCanceled);
    }
}
