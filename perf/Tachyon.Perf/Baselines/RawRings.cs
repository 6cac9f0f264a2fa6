using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Perf.Baselines;

/// <summary>One side's mapping of a shared region, and its halves of the two rings.</summary>
internal sealed unsafe class RawRings : IDisposable
{
    internal const int Capacity = 1024 * 1024;

    private readonly SharedRegion _region;
    private readonly EventFdDoorbell _doorbell;

    /// <param name="memory">From <see cref="SharedRegion.CreateMemory"/>.</param>
    /// <param name="isServer">Which of the two sides this one is.</param>
    internal RawRings(SafeFileHandle memory, bool isServer)
    {
        _region = SharedRegion.Map(memory, Capacity, Capacity);

        // No side sleeps here, so it is never rung; its count would show it.
        _doorbell = EventFdDoorbell.Create();
        var control0 = new RingControl(_region.Header + RegionLayout.ControlBlock0);
        var control1 = new RingControl(_region.Header + RegionLayout.ControlBlock1);
        Producer = isServer
            ? new RingProducer(control1, _region.Ring1, Capacity, _doorbell)
            : new RingProducer(control0, _region.Ring0, Capacity, _doorbell);
        Consumer = isServer
            ? new RingConsumer(control0, _region.Ring0, Capacity, _doorbell)
            : new RingConsumer(control1, _region.Ring1, Capacity, _doorbell);
    }

    internal RingProducer Producer { get; }

    internal RingConsumer Consumer { get; }

    internal long DoorbellsRung => _doorbell.Rung;

    public void Dispose()
    {
        _doorbell.Dispose();
        _region.Release();
    }
}
