using BenchmarkDotNet.Attributes;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Benchmarks;

/// <summary>The two halves of a ring in shared memory, on one thread: no side waits or sleeps.</summary>
public unsafe class RingBenchmarks
{
    private const int Capacity = 1024 * 1024;

    private readonly byte[] _private = new byte[Capacity];
    private int _privateAt;
    private byte[] _message = [];
    private byte[] _received = [];
    private SharedRegion? _region;
    private EventFdDoorbell? _consumerDoorbell;
    private EventFdDoorbell? _producerDoorbell;
    private RingProducer? _producer;
    private RingConsumer? _consumer;

    [Params(32, 1024, 64 * 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _message = new byte[Size];
        _received = new byte[Size];
        using var memory = SharedRegion.CreateMemory(Capacity, Capacity);
        _region = SharedRegion.Map(memory, Capacity, Capacity);
        _consumerDoorbell = EventFdDoorbell.Create();
        _producerDoorbell = EventFdDoorbell.Create();
        var control = new RingControl(_region.Header + RegionLayout.ControlBlock0);
        _producer = new RingProducer(control, _region.Ring0, Capacity, _consumerDoorbell);
        _consumer = new RingConsumer(control, _region.Ring0, Capacity, _producerDoorbell);
    }

    [GlobalCleanup]
    public void Close()
    {
        _consumerDoorbell!.Dispose();
        _producerDoorbell!.Dispose();
        _region!.Release();
    }

    /// <summary>The two copies alone, through private memory of the ring's size: what no ring can save.</summary>
    [Benchmark(Baseline = true)]
    public int CopyTwice()
    {
        var place = _private.AsSpan(_privateAt, Size);
        _message.CopyTo(place);
        place.CopyTo(_received);
        _privateAt = (_privateAt + Size) & (Capacity - 1);
        return _privateAt;
    }

    [Benchmark]
    public int WriteAndRead()
    {
        if (_producer!.Free() < Size)
        {
            throw new InvalidOperationException("The ring is full.");
        }

        _message.CopyTo(_producer.Span(0, Size));
        _producer.Publish(Size);

        var available = _consumer!.Available();
        _consumer.Span(available).CopyTo(_received);
        _consumer.Advance(available);
        return available;
    }
}
