using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

public sealed class AbortTests
{
    [Fact]
    public async Task Reads_fail_with_the_first_reason_itself()
    {
        await using var pair = Pair.Create();
        var reason = new InvalidTimeZoneException("first");
        var pending = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(pending.IsCompleted);

        pair.Server.Abort(reason);
        pair.Server.Abort(new InvalidTimeZoneException("second"));

        Assert.Same(reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(() => pending.Within()));
        for (var i = 0; i < 2; i++)
        {
            Assert.Same(
                reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(async () => await pair.Server.Input.ReadAsync().Within()));
            Assert.Same(reason, Assert.Throws<InvalidTimeZoneException>(() => pair.Server.Input.TryRead(out _)));
        }
    }

    [Fact]
    public async Task Bytes_that_are_there_are_not_shown_after_the_own_abort()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(100);

        pair.Server.Abort();

        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await pair.Server.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task Result_in_use_can_be_given_back_after_an_abort()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(100);
        var read = await pair.Server.Input.ReadAsync().Within();

        pair.Server.Abort();

        BytePattern.Check(read.Buffer, 0, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await pair.Server.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task Writes_after_it_are_dropped()
    {
        await using var pair = Pair.Create();
        pair.Server.Abort();

        for (var i = 0; i < 5; i++)
        {
            pair.Server.Output.WritePattern(Pair.DefaultRingSize);
            var flush = await pair.Server.Output.FlushAsync().Within();
            Assert.True(flush.IsCompleted);
            Assert.False(flush.IsCanceled);
            Assert.Equal(0, pair.Server.Output.UnflushedBytes);
        }

        Assert.Equal(0ul, pair.Control(1).Tail);
    }

    [Fact]
    public async Task Memory_in_use_can_be_advanced_after_an_abort()
    {
        await using var pair = Pair.Create();
        var memory = pair.Server.Output.GetMemory(100);

        pair.Server.Abort();

        memory.Span[..100].Fill(1);
        pair.Server.Output.Advance(100);
        Assert.True((await pair.Server.Output.FlushAsync().Within()).IsCompleted);
    }

    [Fact]
    public async Task Waiting_flush_ends()
    {
        await using var pair = Pair.Create();
        pair.Server.Output.WritePattern(2 * Pair.DefaultRingSize);
        var flush = pair.Server.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        pair.Server.Abort();

        Assert.True((await flush.Within()).IsCompleted);
        await pair.Server.DisposeAsync().Within();
    }

    [Fact]
    public async Task Many_threads_may_abort_at_once()
    {
        for (var i = 0; i < 100; i++)
        {
            await using var pair = Pair.Create();
            var pending = pair.Server.Input.ReadAsync().AsTask();
            Exception[] reasons = [.. Enumerable.Range(0, 4).Select(static n => new InvalidTimeZoneException($"{n}"))];

            await Task.WhenAll(reasons.Select(reason => Task.Run(() => pair.Server.Abort(reason)))).Within();

            var seen = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => pending.Within());
            Assert.Contains(seen, reasons);
            Assert.Same(seen, await Assert.ThrowsAsync<InvalidTimeZoneException>(async () => await pair.Server.Input.ReadAsync().Within()));
        }
    }

    [Fact]
    public async Task Abort_after_disposal_does_nothing()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(10);
        await pair.Client.DisposeAsync().Within();

        pair.Client.Abort();

        await pair.Server.Input.ReceivePatternAsync(10);
        await pair.Server.Input.AssertEndAsync();
    }

    [Fact]
    public async Task Abort_beside_traffic_and_disposal_never_harms_the_process()
    {
        // The mapping must outlive every look at it: a mistake here is a crash of the test run.
        for (var i = 0; i < 200; i++)
        {
            await using var pair = Pair.Create(i % 2 == 0 ? TachyonWaitMode.Park : TachyonWaitMode.Adaptive);
            var sending = Task.Run(() => Traffic.SendAsync(pair.Client.Output, long.MaxValue, seed: 0));
            Task receiving = Task.Run(() => Traffic.ReceiveAsync(pair.Server.Input, seed: 0));
            await Watchdog.Until(() => pair.Control(0).Head > (ulong)(i * 1_000));

            await Task.WhenAll(Task.Run(() => pair.Client.Abort()), Task.Run(() => pair.Server.Abort())).Within();

            Assert.True(await sending.Within() > 0);
            await Assert.ThrowsAsync<TachyonConnectionResetException>(() => receiving.Within());
            await Task.WhenAll(pair.Client.DisposeAsync().AsTask(), pair.Server.DisposeAsync().AsTask()).Within();
        }
    }
}
