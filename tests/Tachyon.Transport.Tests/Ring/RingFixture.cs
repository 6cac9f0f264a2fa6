using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Tests.Ring;

/// <summary>The two halves of one ring over a region of their own, and their doorbells.</summary>
public sealed unsafe class RingFixture : IDisposable
{
    internal const int Capacity = 65_536;

    private readonly SharedRegion _region;
    private readonly EventFdDoorbell _consumerDoorbell = EventFdDoorbell.Create();
    private readonly EventFdDoorbell _producerDoorbell = EventFdDoorbell.Create();
    private readonly DoorbellWatcher _consumerEar;
    private readonly DoorbellWatcher _producerEar;
    private long _consumerRungSeen;
    private long _producerRungSeen;

    public RingFixture()
    {
        using var memory = SharedRegion.CreateMemory(Capacity, Capacity);
        _region = SharedRegion.Map(memory, Capacity, Capacity);
        _consumerEar = new DoorbellWatcher(_consumerDoorbell.Descriptor);
        _producerEar = new DoorbellWatcher(_producerDoorbell.Descriptor);
        Producer = new RingProducer(new RingControl(Block), _region.Ring0, Capacity, _consumerDoorbell);
        Consumer = new RingConsumer(new RingControl(Block), _region.Ring0, Capacity, _producerDoorbell);
    }

    internal RingProducer Producer { get; }

    internal RingConsumer Consumer { get; }

    internal SharedWords Control => new(Block);

    private byte* Block => _region.Header + RegionLayout.ControlBlock0;

    public void Dispose()
    {
        _consumerEar.Dispose();
        _producerEar.Dispose();
        _consumerDoorbell.Dispose();
        _producerDoorbell.Dispose();
        _region.Release();
    }

    /// <summary>How often the producer rang since the last call; whether anything was heard of it is checked as well.</summary>
    internal long TakeRingsOfConsumer() => TakeRings(_consumerDoorbell, _consumerEar, ref _consumerRungSeen);

    /// <summary>How often the consumer rang since the last call.</summary>
    internal long TakeRingsOfProducer() => TakeRings(_producerDoorbell, _producerEar, ref _producerRungSeen);

    /// <summary>The consumer's doorbell was heard since the last look.</summary>
    internal bool IsConsumerRung() => _consumerEar.Hears();

    /// <summary>Writes and publishes bytes of the pattern.</summary>
    internal void Send(int count, long position)
    {
        BytePattern.Fill(Producer.Span(0, count), position, seed: 0);
        Producer.Publish(count);
    }

    /// <summary>Checks and gives back bytes of the pattern.</summary>
    internal void Receive(int count, long position)
    {
        BytePattern.Check(Consumer.Span(count), position, seed: 0);
        Consumer.Advance(count);
    }

    /// <summary>Lets the ring stand, empty, where it would be after that many bytes.</summary>
    internal void StartAt(ulong position)
    {
        ProducerTail(Producer) = ProducerHead(Producer) = ConsumerTail(Consumer) = ConsumerHead(Consumer) = position;
        Control.Tail = position;
        Control.Head = position;
    }

    private static long TakeRings(Doorbell doorbell, DoorbellWatcher ear, ref long seen)
    {
        var rung = doorbell.Rung - seen;
        seen += rung;
        Assert.Equal(rung > 0, ear.Hears());
        return rung;
    }

    // No test can write 2^64 bytes, and the halves take no start from outside.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_tail")]
    private static extern ref ulong ProducerTail(RingProducer producer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_head")]
    private static extern ref ulong ProducerHead(RingProducer producer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_tail")]
    private static extern ref ulong ConsumerTail(RingConsumer consumer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_head")]
    private static extern ref ulong ConsumerHead(RingConsumer consumer);
}
