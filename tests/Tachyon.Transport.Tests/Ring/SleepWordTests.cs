namespace Tachyon.Transport.Tests.Ring;

/// <summary>One system call for each sleep that ends, none for a side that is awake.</summary>
public sealed class SleepWordTests : IDisposable
{
    private const int Capacity = RingFixture.Capacity;

    private readonly RingFixture _ring = new();

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void Awake_consumer_is_not_rung()
    {
        _ring.Send(100, 0);

        Assert.Equal(0, _ring.TakeRingsOfConsumer());
    }

    [Fact]
    public void Sleeping_consumer_is_rung_once()
    {
        _ring.Consumer.Arm();
        Assert.Equal(1u, _ring.Control.DataWanted);

        _ring.Send(100, 0);
        Assert.Equal(0u, _ring.Control.DataWanted);
        Assert.Equal(1, _ring.TakeRingsOfConsumer());

        _ring.Send(100, 100);
        Assert.Equal(0, _ring.TakeRingsOfConsumer());
    }

    [Fact]
    public void Consumer_that_woke_by_itself_is_not_rung()
    {
        _ring.Consumer.Arm();
        _ring.Consumer.Disarm();
        Assert.Equal(0u, _ring.Control.DataWanted);

        _ring.Send(100, 0);
        Assert.Equal(0, _ring.TakeRingsOfConsumer());
    }

    [Fact]
    public void Awake_producer_is_not_rung()
    {
        _ring.Send(Capacity, 0);
        _ = _ring.Consumer.Available();
        _ring.Receive(Capacity, 0);

        Assert.Equal(0, _ring.TakeRingsOfProducer());
    }

    [Fact]
    public void Sleeping_producer_is_rung_when_enough_is_free_and_not_before()
    {
        _ring.Send(Capacity, 0);
        _ = _ring.Consumer.Available();
        _ring.Producer.Arm(1_000);
        Assert.Equal(1_000ul, _ring.Control.SpaceWanted);

        _ring.Receive(999, 0);
        Assert.Equal(1_000ul, _ring.Control.SpaceWanted);
        Assert.Equal(0, _ring.TakeRingsOfProducer());

        _ring.Receive(1, 999);
        Assert.Equal(0ul, _ring.Control.SpaceWanted);
        Assert.Equal(1, _ring.TakeRingsOfProducer());

        _ring.Receive(1_000, 1_000);
        Assert.Equal(0, _ring.TakeRingsOfProducer());
    }

    [Fact]
    public void Producer_that_woke_by_itself_is_not_rung()
    {
        _ring.Send(Capacity, 0);
        _ = _ring.Consumer.Available();
        _ring.Producer.Arm(1);
        _ring.Producer.Disarm();
        Assert.Equal(0ul, _ring.Control.SpaceWanted);

        _ring.Receive(Capacity, 0);
        Assert.Equal(0, _ring.TakeRingsOfProducer());
    }

    [Fact]
    public void Word_is_taken_by_exactly_one()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _ring.Consumer.Arm();
            ulong takenHere = 0;
            Parallel.Invoke(
                () => takenHere = Interlocked.Exchange(ref _ring.Control.DataWanted, 0),
                () => _ring.Producer.Publish(1));

            Assert.Equal(0u, _ring.Control.DataWanted);
            Assert.Equal(1ul, takenHere + (ulong)_ring.TakeRingsOfConsumer());
            _ = _ring.Consumer.Available();
            _ring.Consumer.Advance(1);
            _ = _ring.Producer.Free();
        }
    }

    [Fact]
    public async Task No_wake_up_is_lost_between_two_threads()
    {
        // The protocol of Waiter on bare halves: arm, look again, sleep only then. A lost wake-up hangs here.
        const int Rounds = 20_000;
        var consumer = Task.Factory.StartNew(
            () =>
            {
                for (var read = 0; read < Rounds;)
                {
                    var available = _ring.Consumer.Available();
                    if (available == 0)
                    {
                        _ring.Consumer.Arm();
                        if (!_ring.Consumer.HasData)
                        {
                            // By the doorbell only: looking at the ring here would hide a lost wake-up.
                            SpinWait.SpinUntil(_ring.IsConsumerRung);
                        }

                        _ring.Consumer.Disarm();
                        continue;
                    }

                    _ring.Consumer.Advance(available);
                    read += available;
                }
            },
            TaskCreationOptions.LongRunning);
        var producer = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Rounds; i++)
                {
                    SpinWait.SpinUntil(() => _ring.Producer.Free() > 0);
                    _ring.Producer.Publish(1);
                }
            },
            TaskCreationOptions.LongRunning);

        await Task.WhenAll(consumer, producer).Within();
        Assert.Equal(Rounds, _ring.Consumer.BytesConsumed);
    }
}
