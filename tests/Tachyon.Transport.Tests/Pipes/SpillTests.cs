using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>
/// Back-pressure follows what was examined, as that of <see cref="Pipe"/> does: a reader that wants more before it consumes must get it,
/// though the ring can't grow.
/// </summary>
public sealed class SpillTests
{
    private const int Capacity = Pair.DefaultRingSize;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ring_full_of_examined_bytes_does_not_deadlock(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        await pair.Client.Output.SendPatternAsync(Capacity);
        var read = await pair.Server.Input.ReadAsync().Within();
        Assert.Equal(Capacity, read.Buffer.Length);
        pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        var next = pair.Server.Input.ReadAsync().AsTask();
        Assert.False(next.IsCompleted);

        await pair.Client.Output.SendPatternAsync(1_000, position: Capacity);

        read = await next.Within();
        Assert.Equal(Capacity + 1_000, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Message_of_many_rings_can_be_examined_as_a_whole(bool copy)
    {
        const long Total = 20L * Capacity;
        await using var pair = Pair.Create(copy: copy);
        var sending = Task.Run(() => Traffic.SendAsync(pair.Client.Output, Total, seed: 0));
        ReadResult read;
        long seen = 0;
        while (true)
        {
            read = await pair.Server.Input.ReadAsync().Within();
            Assert.True(read.Buffer.Length > seen, "A read completed though everything was examined and nothing came.");
            seen = read.Buffer.Length;
            if (seen == Total)
            {
                break;
            }

            pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        BytePattern.Check(read.Buffer, 0, 0);
        Assert.Equal(Total, await sending.Within());

        // Consumed in parts, with borders that match no segment.
        long consumed = 0;
        while (consumed < Total)
        {
            var step = Math.Min(77_777, Total - consumed);
            pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(step));
            consumed += step;
            if (consumed < Total)
            {
                Assert.True(pair.Server.Input.TryRead(out read));
                Assert.Equal(Total - consumed, read.Buffer.Length);
                BytePattern.Check(read.Buffer, consumed, 0);
            }
        }

        Assert.False(pair.Server.Input.TryRead(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unexamined_bytes_hold_the_writer_back(bool copy)
    {
        await using var pair = Pair.Create(copy: copy);
        var sending = Task.Run(() => Traffic.SendAsync(pair.Client.Output, 10L * Capacity, seed: 0));

        // The reader looks again and again, and examines nothing: what it holds must stay bounded.
        long most = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var read = await pair.Server.Input.ReadAsync().Within();
            most = Math.Max(most, read.Buffer.Length);
            pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
            await Task.Yield();
        }

        Assert.InRange(most, 1, 2 * Capacity);
        Assert.False(sending.IsCompleted);
        await pair.Server.Input.ReceivePatternAsync(10L * Capacity);
        Assert.Equal(10L * Capacity, await sending.Within());
    }
}
