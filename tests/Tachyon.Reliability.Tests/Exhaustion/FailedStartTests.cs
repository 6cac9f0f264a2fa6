using Microsoft.Win32.SafeHandles;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// The kernel refuses to watch the descriptors of a connection (epoll's limits, say) at the very end of its handshake: the mapping goes
/// with it, and not when a finalizer comes along.
/// </summary>
public sealed class FailedStartTests
{
    [Fact]
    public void Mapping_is_given_back()
    {
        const int Capacity = RegionLayout.MinCapacity;
        using var memory = SharedRegion.CreateMemory(Capacity, Capacity);
        var inode = ProcessFacts.Inode(memory);
        var region = SharedRegion.Map(memory, Capacity, Capacity);
        using var doorbell = EventFdDoorbell.Create();
        using var peerDoorbell = EventFdDoorbell.Create();

        // epoll takes no regular files (EPERM).
        using var lifeline = new Lifeline(File.OpenHandle(typeof(FailedStartTests).Assembly.Location));
        var end = new ConnectionCore(new ConnectionSetup
        {
            Region = region,
            IsServer = true,
            OwnDoorbell = doorbell,
            PeerDoorbell = peerDoorbell,
            Lifeline = lifeline,
            Mode = TachyonWaitMode.Adaptive,
        });
        Assert.NotEqual(0, ProcessFacts.RegionMappings(inode));

        Assert.Throws<IOException>(() => end.Start(receiveEnded: null));

        // As those do who make connections, when that fails.
        region.Release();
        Assert.Equal(0, ProcessFacts.RegionMappings(inode));
        GC.KeepAlive(end);
    }
}
