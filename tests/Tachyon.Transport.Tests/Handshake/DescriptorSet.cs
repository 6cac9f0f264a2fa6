using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>The descriptors of a good reply for rings of 64 KiB, and bad ones to put in their place. Closes all of them.</summary>
internal sealed class DescriptorSet : IDisposable
{
    private readonly List<SafeFileHandle> _handles = [];

    internal DescriptorSet()
    {
        (var server, var client) = Lifeline.Create();
        All =
        [
            SharedRegion.CreateMemory(65_536, 65_536),
            EventFdDoorbell.Create().Descriptor,
            EventFdDoorbell.Create().Descriptor,
            client.Descriptor,
        ];
        ServerLifeline = server.Descriptor;
        _handles.AddRange([server.Descriptor, .. All]);
    }

    internal SafeFileHandle ServerLifeline { get; }

    internal SafeFileHandle[] All { get; }

    internal SafeFileHandle RegularFile(string directory)
    {
        // As large as the memory must be, so that only its kind is wrong.
        var file = File.OpenHandle(
            Path.Combine(directory, "file"), FileMode.Create, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose);
        RandomAccess.SetLength(file, RegionLayout.FileSize(65_536, 65_536));
        return Keep(file);
    }

    internal SafeFileHandle Memfd(long size, int seals)
    {
        var memory = Keep(Libc.MemfdCreate("test", Libc.MfdCloexec | Libc.MfdAllowSealing));
        Assert.Equal(0, Libc.FTruncate(memory, size));
        Assert.Equal(0, Libc.Fcntl(memory, Libc.FAddSeals, seals));
        return memory;
    }

    internal SafeFileHandle HugePages()
    {
        // Two pages of 2 MiB, where the kernel has such; the nearest size there is, since none of ours is a multiple.
        const uint HugeTlb = 0x4;
        var memory = Libc.MemfdCreate("test", Libc.MfdCloexec | Libc.MfdAllowSealing | HugeTlb);
        if (memory.IsInvalid)
        {
            memory.Dispose();
            return Memfd(4 * 1024 * 1024, SharedRegion.RequiredSeals);
        }

        _ = Libc.FTruncate(memory, 4 * 1024 * 1024);
        _ = Libc.Fcntl(memory, Libc.FAddSeals, SharedRegion.RequiredSeals);
        return Keep(memory);
    }

    internal SafeFileHandle Opened(string path, int flags) => Keep(Libc.Open(path, flags | Libc.OCloexec, 0));

    internal SafeFileHandle Socket()
        => Keep(new SafeFileHandle(Libc.Socket(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0), ownsHandle: true));

    internal SafeFileHandle Epoll() => Keep(Libc.EpollCreate1(Libc.EpollCloexec));

    public void Dispose() => _handles.ForEach(static handle => handle.Dispose());

    private SafeFileHandle Keep(SafeFileHandle handle)
    {
        Assert.False(handle.IsInvalid);
        _handles.Add(handle);
        return handle;
    }
}
