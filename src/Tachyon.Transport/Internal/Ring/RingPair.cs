using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// The two rings of a region as one side sees them. The only place that decides which ring a side writes and which it reads.
/// </summary>
internal readonly struct RingPair
{
    private RingPair(OneRing send, OneRing receive, int statistics)
    {
        Send = send;
        Receive = receive;
        StatisticsOffset = statistics;
    }

    internal OneRing Send { get; }

    internal OneRing Receive { get; }

    /// <summary>Where this side's statistics line begins in the header.</summary>
    internal int StatisticsOffset { get; }

    internal static RingPair Of(SharedRegion region, bool isServer)
    {
        var toServer = OneRing.ToServer(region);
        var toClient = OneRing.ToClient(region);
        return isServer
            ? new RingPair(send: toClient, receive: toServer, RegionLayout.ServerStatistics)
            : new RingPair(send: toServer, receive: toClient, RegionLayout.ClientStatistics);
    }

    /// <summary>The words and the bytes of one ring.</summary>
    internal readonly unsafe struct OneRing
    {
        private readonly RingControl _control;
        private readonly byte* _data;
        private readonly int _capacity;

        private OneRing(byte* block, byte* data, int capacity)
        {
            _control = new RingControl(block);
            _data = data;
            _capacity = capacity;
        }

        internal static OneRing ToServer(SharedRegion region)
            => new(region.Header + RegionLayout.ControlBlock0, region.Ring0, region.Capacity0);

        internal static OneRing ToClient(SharedRegion region)
            => new(region.Header + RegionLayout.ControlBlock1, region.Ring1, region.Capacity1);

        internal RingProducer CreateProducer(Doorbell consumer) => new(_control, _data, _capacity, consumer);

        internal RingConsumer CreateConsumer(Doorbell producer) => new(_control, _data, _capacity, producer);

        internal RingMemory CreateMemory() => new(_data, _capacity);
    }
}
