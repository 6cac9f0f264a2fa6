namespace Tachyon.Transport.Tests.Ring;

/// <summary>The peer can write any word of the shared memory at any time. No value of it may give a span past the mapping.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private const int Capacity = RingFixture.Capacity;

    private readonly RingFixture _ring = new();

    public void Dispose() => _ring.Dispose();

    /// <summary>Positions of the peer's word, beside an honest one of 1,000 published bytes of which 400 were consumed.</summary>
    public static TheoryData<ulong> BadTails =>
    [
        0, // back to the start
        399, // before the head
        999, // one byte taken back
        400 + Capacity + 1, // one byte too far
        400 + (2 * Capacity),
        1_000 + (ulong)uint.MaxValue + 1, // the same low 32 bits
        int.MaxValue,
        uint.MaxValue,
        long.MaxValue,
        1UL << 63,
        ulong.MaxValue - 399,
        ulong.MaxValue,
    ];

    public static TheoryData<ulong> BadHeads =>
    [
        0, // back to the start
        399, // one byte taken back
        1_001, // past what was published
        400 + Capacity,
        400 + (ulong)uint.MaxValue + 1, // the same low 32 bits
        int.MaxValue,
        uint.MaxValue,
        long.MaxValue,
        1UL << 63,
        ulong.MaxValue,
    ];

    [Theory]
    [MemberData(nameof(BadTails))]
    public void Consumer_rejects_an_impossible_tail(ulong tail)
    {
        StandAtThousand();
        _ring.Control.Tail = tail;

        Assert.True(_ring.Consumer.HasData, "A wait must end for the owner to see the violation.");
        var exception = Assert.Throws<TachyonProtocolException>(() => _ring.Consumer.Available());
        Assert.Contains($"tail {tail} ", exception.Message, StringComparison.Ordinal);

        // What was seen before still stands, and it is still refused.
        Assert.Equal(600, _ring.Consumer.AvailableSeen);
        BytePattern.Check(_ring.Consumer.Span(600), 400, 0);
        Assert.Throws<TachyonProtocolException>(() => _ring.Consumer.Available());
    }

    [Theory]
    [MemberData(nameof(BadHeads))]
    public void Producer_rejects_an_impossible_head(ulong head)
    {
        StandAtThousand();
        _ring.Control.Head = head;

        var exception = Assert.Throws<TachyonProtocolException>(() => _ring.Producer.Free());
        Assert.Contains($"head {head} ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Capacity - 600, _ring.Producer.FreeSeen);
        Assert.Throws<TachyonProtocolException>(() => _ring.Producer.Free());
    }

    [Fact]
    public void Largest_possible_positions_are_accepted()
    {
        StandAtThousand();
        _ring.Control.Tail = 400 + Capacity;
        Assert.Equal(Capacity, _ring.Consumer.Available());

        _ring.Control.Head = 1_000;
        Assert.Equal(Capacity, _ring.Producer.Free());
    }

    [Fact]
    public void No_tail_gives_more_than_the_ring_holds()
    {
        var random = new Random(99);
        ulong tail = 0;
        for (var i = 0; i < 200_000; i++)
        {
            // Mostly near the truth, where the limits are.
            tail = random.Next(4) == 0
                ? unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue))
                : unchecked(tail + (ulong)random.Next(-10, 2 * Capacity));
            _ring.Control.Tail = tail;
            try
            {
                var available = _ring.Consumer.Available();
                Assert.InRange(available, 0, Capacity);
                Assert.InRange(_ring.Consumer.Offset, 0, Capacity - 1);
                _ring.Consumer.Advance(random.Next(available + 1));
            }
            catch (TachyonProtocolException)
            {
                Assert.InRange(_ring.Consumer.AvailableSeen, 0, Capacity);
                tail = (ulong)_ring.Consumer.BytesConsumed + (ulong)_ring.Consumer.AvailableSeen;
            }
        }

        Assert.True(_ring.Consumer.BytesConsumed > Capacity);
    }

    [Fact]
    public void No_head_gives_more_space_than_the_ring_has()
    {
        var random = new Random(99);
        ulong head = 0;
        for (var i = 0; i < 200_000; i++)
        {
            head = random.Next(4) == 0
                ? unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue))
                : unchecked(head + (ulong)random.Next(-10, Capacity));
            _ring.Control.Head = head;
            try
            {
                var free = _ring.Producer.Free();
                Assert.InRange(free, 0, Capacity);
                Assert.InRange(_ring.Producer.Offset(free), 0, Capacity - 1);
                _ring.Producer.Publish(random.Next(free + 1));
            }
            catch (TachyonProtocolException)
            {
                Assert.InRange(_ring.Producer.FreeSeen, 0, Capacity);
                head = (ulong)(_ring.Producer.BytesProduced - (Capacity - _ring.Producer.FreeSeen));
            }
        }

        Assert.True(_ring.Producer.BytesProduced > Capacity);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(ulong.MaxValue)]
    public void Lying_tail_does_not_harm_the_wake_up_of_space(ulong tail)
    {
        StandAtThousand();
        _ring.Control.SpaceWanted = 1;
        _ring.Control.Tail = tail;

        _ring.Consumer.Advance(600);

        Assert.Equal(1_000, _ring.Consumer.BytesConsumed);
        Assert.Equal(1_000ul, _ring.Control.Head);
    }

    private void StandAtThousand()
    {
        _ring.Send(1_000, position: 0);
        Assert.Equal(1_000, _ring.Consumer.Available());
        _ring.Receive(400, position: 0);
        Assert.Equal(Capacity - 600, _ring.Producer.Free());
    }
}
