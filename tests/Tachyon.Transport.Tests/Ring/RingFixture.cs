using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Memory;
using Tachyon.Transport.Internal.Ring;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Ring;

/// <summary>The two halves of one ring over a region of their own, and their doorbells.</summary>
public sealed unsafe class RingFixture : IDisposable
{
    internal const int Capacity = 65_536;

    private readonly SharedRegion _region;

    public RingFixture()
    {
        using SafeFileHandle memory = SharedRegion.CreateMemory(Capacity, Capacity);
        _region = SharedRegion.Map(memory, Capacity, Capacity);
        ConsumerDoorbell = Descriptors.CreateDoorbell();
        ProducerDoorbell = Descriptors.CreateDoorbell();
        Producer = new RingProducer(Control, _region.Ring0, Capacity, new Doorbell(ConsumerDoorbell));
        Consumer = new RingConsumer(Control, _region.Ring0, Capacity, new Doorbell(ProducerDoorbell));
    }

    internal RingProducer Producer { get; }

    internal RingConsumer Consumer { get; }

    /// <summary>What the producer rings.</summary>
    internal SafeFileHandle ConsumerDoorbell { get; }

    /// <summary>What the consumer rings.</summary>
    internal SafeFileHandle ProducerDoorbell { get; }

    internal RingControl Control => new(_region.Header + RegionLayout.ControlBlock0);

    public void Dispose()
    {
        ConsumerDoorbell.Dispose();
        ProducerDoorbell.Dispose();
        _region.Release();
    }

    /// <summary>Writes and publishes bytes of the pattern.</summary>
    internal void Send(int count, long position)
    {
        Pattern.Fill(Producer.Span(0, count), position, seed: 0);
        Producer.Publish(count);
    }

    /// <summary>Checks and gives back bytes of the pattern.</summary>
    internal void Receive(int count, long position)
    {
        Pattern.Check(Consumer.Span(count), position, seed: 0);
        Consumer.Advance(count);
    }

    /// <summary>Lets the ring stand, empty, where it would be after that many bytes.</summary>
    internal void StartAt(ulong position)
    {
        ProducerTail(Producer) = ProducerHead(Producer) = ConsumerTail(Consumer) = ConsumerHead(Consumer) = position;
        Control.Tail = position;
        Control.Head = position;
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
