using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Ring;

/// <summary>Watches a doorbell as the reactor does: edge-triggered, and without ever reading it.</summary>
internal sealed unsafe class DoorbellWatcher : IDisposable
{
    private readonly SafeFileHandle _epoll = Libc.EpollCreate1(Libc.EpollCloexec);

    internal DoorbellWatcher(SafeFileHandle doorbell)
    {
        var wanted = stackalloc byte[EpollEvent.Size];
        EpollEvent.Set(wanted, Libc.EpollIn | Libc.EpollEdgeTriggered, data: 0);
        Assert.Equal(0, Libc.EpollCtl(_epoll, Libc.EpollCtlAdd, doorbell, wanted));

        // The counter is never 0, so the first event is there at once.
        Assert.True(Hears());
    }

    /// <summary>The doorbell was rung since the last look.</summary>
    internal bool Hears()
    {
        var found = stackalloc byte[EpollEvent.Size];
        return Libc.EpollWait(_epoll, found, 1, 0) == 1;
    }

    public void Dispose() => _epoll.Dispose();
}
