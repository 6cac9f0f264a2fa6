using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Support;

internal static unsafe partial class Native
{
    private const int FDuplicateCloexec = 1030;

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle fd, void* buffer, nuint count);

    /// <summary>A descriptor of its own for the same open file, as a peer would get it.</summary>
    internal static SafeFileHandle Duplicate(SafeFileHandle handle)
    {
        int fd = Libc.Fcntl(handle, FDuplicateCloexec, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Errno.LastError("fcntl", "duplicate a descriptor");
    }

    /// <summary>Takes the counter of a non-blocking eventfd; 0 when it was not rung.</summary>
    internal static ulong TakeEvents(SafeFileHandle eventFd)
    {
        ulong count;
        return Read(eventFd, &count, sizeof(ulong)) == sizeof(ulong) ? count : 0;
    }
}
