namespace Tachyon.Transport.Tests.Ring;

public sealed class RingTests : IDisposable
{
    private const int Capacity = RingFixture.Capacity;

    private readonly RingFixture _ring = new();

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void New_ring_is_empty_and_all_free()
    {
        Assert.Equal(0, _ring.Consumer.Available());
        Assert.False(_ring.Consumer.HasData);
        Assert.Equal(Capacity, _ring.Producer.Free());
        Assert.True(_ring.Producer.HasSpace(Capacity));
    }

    [Fact]
    public void Published_bytes_are_seen_and_given_back()
    {
        _ring.Send(100, position: 0);
        Assert.Equal(100, _ring.Consumer.Available());
        Assert.Equal(Capacity - 100, _ring.Producer.Free());

        _ring.Receive(40, position: 0);
        Assert.Equal(60, _ring.Consumer.Available());
        Assert.Equal(Capacity - 60, _ring.Producer.Free());

        _ring.Receive(60, position: 40);
        Assert.Equal(0, _ring.Consumer.Available());
        Assert.Equal(Capacity, _ring.Producer.Free());
        Assert.Equal(100, _ring.Producer.BytesProduced);
        Assert.Equal(100, _ring.Consumer.BytesConsumed);
    }

    [Fact]
    public void Unpublished_bytes_are_not_seen()
    {
        BytePattern.Fill(_ring.Producer.Span(0, 100), 0, 0);

        Assert.Equal(0, _ring.Consumer.Available());
        Assert.False(_ring.Consumer.HasData);
    }

    [Fact]
    public void Full_ring_has_no_space()
    {
        _ring.Send(Capacity, position: 0);

        Assert.Equal(0, _ring.Producer.Free());
        Assert.False(_ring.Producer.HasSpace(1));
        Assert.Equal(Capacity, _ring.Consumer.Available());
        _ring.Receive(Capacity, position: 0);
        Assert.Equal(0, _ring.Consumer.Available());
        Assert.True(_ring.Producer.HasSpace(Capacity));
    }

    [Fact]
    public void Spans_run_over_the_end_of_the_ring_in_one_piece()
    {
        _ring.Send(Capacity - 10, position: 0);
        _ = _ring.Consumer.Available();
        _ring.Receive(Capacity - 10, position: 0);
        _ = _ring.Producer.Free();

        // As long as the whole ring, from ten bytes before its end.
        _ring.Send(Capacity, position: 7);
        Assert.Equal(Capacity, _ring.Consumer.Available());
        Assert.Equal(Capacity - 10, _ring.Consumer.Offset);
        _ring.Receive(Capacity, position: 7);
        Assert.Equal(Capacity, _ring.Producer.Free());
    }

    [Fact]
    public void Offsets_ahead_wrap()
    {
        _ring.Send(Capacity - 10, position: 0);

        Assert.Equal(Capacity - 10, _ring.Producer.Offset(0));
        Assert.Equal(Capacity - 1, _ring.Producer.Offset(9));
        Assert.Equal(0, _ring.Producer.Offset(10));
    }

    [Theory]
    [InlineData(0x7FFF_FF9C)]
    [InlineData(0xFFFF_FF9C)]
    [InlineData(0x7FFF_FFFF_FFFF_FF9C)]
    [InlineData(0xFFFF_FFFF_FFFF_FF9C)]
    public void Positions_pass_the_limits_of_integers(ulong start)
    {
        _ring.StartAt(start);
        long position = 0;
        foreach (var count in (int[])[60, 80, Capacity, 1, Capacity - 1, 12_345])
        {
            Assert.Equal(Capacity, _ring.Producer.Free());
            Assert.True(_ring.Producer.HasSpace(Capacity));
            _ring.Send(count, position);
            Assert.True(_ring.Consumer.HasData);
            Assert.Equal(count, _ring.Consumer.Available());
            Assert.Equal(Capacity - count, _ring.Producer.Free());
            _ring.Receive(count, position);
            position += count;
        }

        Assert.Equal(unchecked(start + (ulong)position), _ring.Control.Tail);
        Assert.Equal(unchecked(start + (ulong)position), _ring.Control.Head);
    }

    [Fact]
    public void Random_traffic_keeps_every_byte()
    {
        var random = new Random(4711);
        long written = 0;
        long read = 0;
        while (read < 10_000_000)
        {
            var free = _ring.Producer.Free();
            Assert.Equal(Capacity - (written - read), free);
            var send = random.Next(free + 1);
            _ring.Send(send, written);
            written += send;

            var available = _ring.Consumer.Available();
            Assert.Equal(written - read, available);
            var receive = random.Next(available + 1);
            _ring.Receive(receive, read);
            read += receive;
        }
    }
}
