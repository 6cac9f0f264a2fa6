using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>The contract of <see cref="PipeReader"/> as Kestrel uses it, for both kinds of memory.</summary>
public sealed class PipeReaderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_left_unexamined_complete_the_next_read_at_once(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(10);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(4));

        var next = pair.Server.Input.ReadAsync().AsTask();

        Assert.True(next.IsCompletedSuccessfully);
        read = await next;
        Assert.Equal(6, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 4, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Advancing_by_nothing_shows_the_same_again(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(10);
        for (var i = 0; i < 3; i++)
        {
            var reading = pair.Server.Input.ReadAsync().AsTask();
            var read = await reading.Within();
            Assert.Equal(10, read.Buffer.Length);
            BytePattern.Check(read.Buffer, 0, 0);
            pair.Server.Input.AdvanceTo(read.Buffer.Start);
        }

        Assert.True(pair.Server.Input.TryRead(out var last));
        pair.Server.Input.AdvanceTo(last.Buffer.End);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    public async Task Examined_bytes_wait_for_more_and_stay_in_order(bool copy, int consumed)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(10);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.End);

        var next = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(next.IsCompleted);

        await pair.Client.Output.SendPatternAsync(5, position: 10);
        read = await next.Within();
        Assert.Equal(15 - consumed, read.Buffer.Length);
        BytePattern.Check(read.Buffer, consumed, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Partly_examined_bytes_complete_the_next_read_with_all_of_them(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(10);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(2), read.Buffer.GetPosition(7));

        var next = pair.Server.Input.ReadAsync().AsTask();

        Assert.True(next.IsCompletedSuccessfully);
        read = await next;
        Assert.Equal(8, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 2, 0);

        // Also with the border between private memory and ring inside of what is examined now.
        pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.GetPosition(6));
        Assert.True(pair.Server.Input.TryRead(out read));
        Assert.Equal(7, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 3, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(6), read.Buffer.End);

        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Try_read_tells_whether_there_is_something(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        Assert.False(pair.Server.Input.TryRead(out _));

        await pair.Client.Output.SendPatternAsync(10);

        Assert.True(pair.Server.Input.TryRead(out var read));
        BytePattern.Check(read.Buffer, 0, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Fact]
    public async Task Same_user_sees_ring_memory_in_one_piece_across_the_end_of_the_ring()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(60_000);
        await pair.Server.Input.ReceivePatternAsync(60_000);
        await pair.Client.Output.SendPatternAsync(40_000, position: 60_000);

        var read = await pair.Server.Input.ReadAsync().Within();

        Assert.True(read.Buffer.IsSingleSegment);
        Assert.True(MemoryMarshal.TryGetMemoryManager<byte, RingMemory>(read.Buffer.First, out _));
        Assert.Equal(40_000, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 60_000, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task Stream_adapter_may_read_zero_bytes()
    {
        // As TLS and connection logging do.
        await using var pair = Pair.Create();
        var stream = pair.Server.Input.AsStream();
        var bytes = new byte[10];
        var zero = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(zero.IsCompleted);

        await pair.Client.Output.SendPatternAsync(10);

        Assert.Equal(0, await zero.Within());
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty).Within());
        Assert.Equal(10, await stream.ReadAsync(bytes).Within());
        Assert.Equal(BytePattern.Make(10), bytes);
    }

    [Fact]
    public async Task Misuse_throws()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(10);
        Assert.Throws<InvalidOperationException>(() => pair.Server.Input.AdvanceTo(default));

        var read = await pair.Server.Input.ReadAsync().Within();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Server.Input.ReadAsync().Within());
        Assert.Throws<InvalidOperationException>(() => pair.Server.Input.TryRead(out _));
        pair.Server.Input.AdvanceTo(read.Buffer.End);
        Assert.Throws<InvalidOperationException>(() => pair.Server.Input.AdvanceTo(default));

        await pair.Server.Input.CompleteAsync();
        Assert.Throws<InvalidOperationException>(() => pair.Server.Input.TryRead(out _));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Server.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task Memory_shown_is_refused_after_the_reader_was_completed()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(10);
        var read = await pair.Server.Input.ReadAsync().Within();
        var shown = read.Buffer.First;
        await pair.Server.Input.CompleteAsync();

        // The mapping may be gone: an exception, and not a crash of the process.
        Assert.Throws<ObjectDisposedException>(() => shown.Span.Length);
    }
}
