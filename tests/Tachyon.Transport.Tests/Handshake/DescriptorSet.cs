using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Memory;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>The descriptors of a good reply for rings of 64 KiB, and bad ones to put in their place. Closes all of them.</summary>
internal sealed class DescriptorSet : IDisposable
{
    private readonly List<SafeFileHandle> _handles = [];

    internal DescriptorSet()
    {
        (SafeFileHandle server, SafeFileHandle client) = Descriptors.CreateLifeline();
        All = [SharedRegion.CreateMemory(65_536, 65_536), Descriptors.CreateDoorbell(), Descriptors.CreateDoorbell(), client];
        _handles.AddRange([server, .. All]);
    }

    internal SafeFileHandle[] All { get; }

    internal SafeFileHandle RegularFile(string directory)
    {
        // As large as the memory must be, so that only its kind is wrong.
        SafeFileHandle file = File.OpenHandle(
            Path.Combine(directory, "file"), FileMode.Create, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose);
        RandomAccess.SetLength(file, RegionLayout.FileSize(65_536, 65_536));
        return Keep(file);
    }

    internal SafeFileHandle Memfd(long size, int seals)
    {
        SafeFileHandle memory = Keep(Libc.MemfdCreate("test", Libc.MfdCloexec | Libc.MfdAllowSealing));
        Assert.Equal(0, Libc.FTruncate(memory, size));
        Assert.Equal(0, Libc.Fcntl(memory, Libc.FAddSeals, seals));
        return memory;
    }

    internal SafeFileHandle Epoll() => Keep(Libc.EpollCreate1(Libc.EpollCloexec));

    public void Dispose() => _handles.ForEach(static handle => handle.Dispose());

    private SafeFileHandle Keep(SafeFileHandle handle)
    {
        Assert.False(handle.IsInvalid);
        _handles.Add(handle);
        return handle;
    }
}
