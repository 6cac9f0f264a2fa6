#pragma warning disable CA2012 // The contract speaks of reads that wait while other members are called.
using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>The contract of System.IO.Pipelines, run on the runtime's own Pipe and on both ends of a connection.</summary>
public sealed class PipeContractTests
{
    public static TheoryData<string> Kinds => ["pipe", "ring", "copy"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_after_a_canceled_read_needs_no_AdvanceTo(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Reader.CancelPendingRead();
        Assert.True((await pipe.Reader.ReadAsync().Within()).IsCanceled);

        var next = pipe.Reader.ReadAsync().AsTask();
        Assert.False(next.IsCompleted);
        await pipe.WriteAsync(10);

        var read = await next.Within();
        Assert.False(read.IsCanceled);
        Assert.Equal(10, read.Buffer.Length);
        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Canceled_read_that_is_not_given_back_consumes_and_examines_nothing(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        pipe.Reader.CancelPendingRead();
        var canceled = await pipe.Reader.ReadAsync().Within();
        Assert.True(canceled.IsCanceled);
        Assert.Equal(10, canceled.Buffer.Length);

        var read = await pipe.Reader.ReadAsync().Within();

        Assert.False(read.IsCanceled);
        Assert.Equal(10, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
        pipe.Reader.AdvanceTo(read.Buffer.End);
        Assert.False(pipe.Reader.TryRead(out _));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Canceled_read_with_examined_bytes_is_followed_by_a_wait(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        var read = await pipe.Reader.ReadAsync().Within();
        pipe.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        pipe.Reader.CancelPendingRead();
        Assert.True((await pipe.Reader.ReadAsync().Within()).IsCanceled);

        var next = pipe.Reader.ReadAsync().AsTask();
        Assert.False(next.IsCompleted);
        await pipe.WriteAsync(10, position: 10);

        read = await next.Within();
        Assert.Equal(20, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task TryRead_after_a_canceled_TryRead_needs_no_AdvanceTo(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Reader.CancelPendingRead();
        Assert.True(pipe.Reader.TryRead(out var read));
        Assert.True(read.IsCanceled);

        Assert.False(pipe.Reader.TryRead(out _));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task AdvanceTo_may_follow_a_TryRead_that_found_nothing_once(string kind)
    {
        await using var pipe = new Subject(kind);
        Assert.False(pipe.Reader.TryRead(out var read));

        pipe.Reader.AdvanceTo(read.Buffer.End);

        Assert.Throws<InvalidOperationException>(() => pipe.Reader.AdvanceTo(default));
        await pipe.WriteAsync(10);
        Assert.True(pipe.Reader.TryRead(out read));
        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task AdvanceTo_without_a_read_is_refused(string kind)
    {
        await using var pipe = new Subject(kind);
        Assert.Throws<InvalidOperationException>(() => pipe.Reader.AdvanceTo(default));

        await pipe.WriteAsync(10);
        var read = await pipe.Reader.ReadAsync().Within();
        pipe.Reader.AdvanceTo(read.Buffer.End);
        Assert.Throws<InvalidOperationException>(() => pipe.Reader.AdvanceTo(default));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task AdvanceTo_the_default_position_consumes_nothing(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        await pipe.Reader.ReadAsync().Within();

        pipe.Reader.AdvanceTo(default);

        var read = await pipe.Reader.ReadAsync().Within();
        Assert.Equal(10, read.Buffer.Length);
        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Examined_before_consumed_is_refused_and_the_read_goes_on(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        var read = await pipe.Reader.ReadAsync().Within();

        Assert.Throws<InvalidOperationException>(() => pipe.Reader.AdvanceTo(read.Buffer.GetPosition(5), read.Buffer.GetPosition(2)));

        pipe.Reader.AdvanceTo(read.Buffer.End);
        Assert.False(pipe.Reader.TryRead(out _));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Second_read_before_AdvanceTo_is_refused(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        var read = await pipe.Reader.ReadAsync().Within();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipe.Reader.ReadAsync().Within());
        Assert.Throws<InvalidOperationException>(() => pipe.Reader.TryRead(out _));

        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Completed_reader_reads_no_more(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.Reader.CompleteAsync();
        await pipe.Reader.CompleteAsync(new IOException());

        Assert.Throws<InvalidOperationException>(() => { _ = pipe.Reader.ReadAsync(); });
        Assert.Throws<InvalidOperationException>(() => pipe.Reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => pipe.Reader.AdvanceTo(default));
        pipe.Reader.CancelPendingRead();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Completed_writer_takes_no_memory(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.Writer.CompleteAsync();
        await pipe.Writer.CompleteAsync();

        Assert.Throws<InvalidOperationException>(() => { pipe.Writer.GetMemory(); });
        Assert.Throws<InvalidOperationException>(() => { pipe.Writer.GetSpan(); });
        Assert.Throws<InvalidOperationException>(() => { _ = pipe.Writer.WriteAsync(new byte[1]); });
        pipe.Writer.CancelPendingFlush();
        Assert.True((await pipe.Reader.ReadAsync().Within()).IsCompleted);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task First_completion_of_the_writer_counts(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Writer.WritePattern(10);
        await pipe.Writer.CompleteAsync();
        await pipe.Writer.CompleteAsync(new IOException());

        await pipe.Reader.ReceivePatternAsync(10);
        await pipe.Reader.AssertEndAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Completion_beside_a_waiting_flush_ends_the_stream_after_its_bytes(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Writer.WritePattern(2 * Subject.Capacity);
        var flush = pipe.Writer.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        await pipe.Writer.CompleteAsync();
        await pipe.Writer.CompleteAsync(new IOException());

        await pipe.Reader.ReceivePatternAsync(2 * Subject.Capacity);
        await pipe.Reader.AssertEndAsync();
        Assert.False((await flush.Within()).IsCanceled);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Completion_with_an_error_beside_a_waiting_flush_fails_the_reader(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Writer.WritePattern(2 * Subject.Capacity);
        var flush = pipe.Writer.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        await pipe.Writer.CompleteAsync(new IOException());

        // A Pipe fails at once, a connection behind the bytes; a Pipe throws the exception itself.
        await Assert.ThrowsAnyAsync<IOException>(() => DrainAsync(pipe.Reader).Within());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reader_that_completes_ends_a_waiting_flush(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Writer.WritePattern(2 * Subject.Capacity);
        var flush = pipe.Writer.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        await pipe.Reader.CompleteAsync();

        Assert.True((await flush.Within()).IsCompleted);
        Assert.True((await pipe.Writer.WriteAsync(new byte[10]).Within()).IsCompleted);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Canceled_flush_is_reported_once(string kind)
    {
        await using var pipe = new Subject(kind);
        pipe.Writer.WritePattern(2 * Subject.Capacity);
        var flush = pipe.Writer.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        pipe.Writer.CancelPendingFlush();

        Assert.True((await flush.Within()).IsCanceled);
        var draining = pipe.Reader.ReceivePatternAsync(2 * Subject.Capacity);
        Assert.False((await pipe.Writer.FlushAsync().Within()).IsCanceled);
        await draining;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Canceled_token_ends_a_waiting_flush(string kind)
    {
        await using var pipe = new Subject(kind);
        using var source = new CancellationTokenSource();
        pipe.Writer.WritePattern(2 * Subject.Capacity);
        var flush = pipe.Writer.FlushAsync(source.Token).AsTask();
        Assert.False(flush.IsCompleted);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.Within());
        Assert.Equal(source.Token, exception.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task UnflushedBytes_counts_what_was_written_since_the_flush(string kind)
    {
        await using var pipe = new Subject(kind);
        Assert.True(pipe.Writer.CanGetUnflushedBytes);
        Assert.Equal(0, pipe.Writer.UnflushedBytes);
        pipe.Writer.WritePattern(100);
        Assert.Equal(100, pipe.Writer.UnflushedBytes);

        await pipe.Writer.FlushAsync().Within();

        Assert.Equal(0, pipe.Writer.UnflushedBytes);
        await pipe.Reader.ReceivePatternAsync(100);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Wrong_counts_and_hints_are_refused(string kind)
    {
        await using var pipe = new Subject(kind);
        Assert.Throws<ArgumentOutOfRangeException>(() => { pipe.Writer.GetMemory(-1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { pipe.Writer.GetSpan(-1); });
        var length = pipe.Writer.GetMemory(10).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pipe.Writer.Advance(length + 1));
        pipe.Writer.Advance(0);
        Assert.Equal(0, pipe.Writer.UnflushedBytes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ReadAtLeast_waits_for_its_bytes_and_returns_fewer_only_at_the_end(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        var reading = pipe.Reader.ReadAtLeastAsync(20).AsTask();
        Assert.False(reading.IsCompleted);
        await pipe.WriteAsync(15, position: 10);

        var read = await reading.Within();
        Assert.Equal(25, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
        pipe.Reader.AdvanceTo(read.Buffer.GetPosition(20));

        await pipe.Writer.CompleteAsync();
        read = await pipe.Reader.ReadAtLeastAsync(20).Within();
        Assert.True(read.IsCompleted);
        Assert.Equal(5, read.Buffer.Length);
        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Canceled_ReadAtLeast_shows_what_is_there(string kind)
    {
        await using var pipe = new Subject(kind);
        await pipe.WriteAsync(10);
        var reading = pipe.Reader.ReadAtLeastAsync(20).AsTask();
        Assert.False(reading.IsCompleted);

        pipe.Reader.CancelPendingRead();

        var read = await reading.Within();
        Assert.True(read.IsCanceled);
        Assert.Equal(10, read.Buffer.Length);
        pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task CopyToAsync_copies_everything_up_to_the_end(string kind)
    {
        await using var pipe = new Subject(kind);
        using var target = new MemoryStream();
        var copying = pipe.Reader.CopyToAsync(target);
        await pipe.WriteAsync(10_000);
        await pipe.WriteAsync(10_000, position: 10_000);
        await pipe.Writer.CompleteAsync();

        await copying.Within();

        Assert.Equal(BytePattern.Make(20_000), target.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stream_adapters_work(string kind)
    {
        await using var pipe = new Subject(kind);
        var reading = pipe.Reader.AsStream();
        var writing = pipe.Writer.AsStream();
        await writing.WriteAsync(BytePattern.Make(1_000)).AsTask().Within();
        await writing.FlushAsync().Within();
        var bytes = new byte[1_000];
        Assert.Equal(0, await reading.ReadAsync(Memory<byte>.Empty).Within());
        await reading.ReadExactlyAsync(bytes).AsTask().Within();
        Assert.Equal(BytePattern.Make(1_000), bytes);
        await writing.DisposeAsync();
        Assert.Equal(0, await reading.ReadAsync(bytes).Within());
    }

    private static async Task DrainAsync(PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>A writer and the reader of its bytes.</summary>
    private sealed class Subject : IAsyncDisposable
    {
        internal const int Capacity = Pair.DefaultRingSize;

        private readonly Pair? _pair;

        internal Subject(string kind)
        {
            if (kind == "pipe")
            {
                var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: Capacity, resumeWriterThreshold: Capacity / 2));
                (Reader, Writer) = (pipe.Reader, pipe.Writer);
                return;
            }

            _pair = Pair.Create(copy: kind == "copy");
            (Reader, Writer) = (_pair.Server.Input, _pair.Client.Output);
        }

        internal PipeReader Reader { get; }

        internal PipeWriter Writer { get; }

        internal Task WriteAsync(int count, long position = 0) => Writer.SendPatternAsync(count, position);

        public ValueTask DisposeAsync() => _pair?.DisposeAsync() ?? default;
    }
}
