using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Support;

internal static unsafe partial class Native
{
    private const int FDuplicateCloexec = 1030;

    /// <summary>A descriptor of its own for the same open file, as a peer would get it.</summary>
    internal static SafeFileHandle Duplicate(SafeFileHandle handle)
    {
        var fd = Libc.Fcntl(handle, FDuplicateCloexec, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Errno.LastError("fcntl", "duplicate a descriptor");
    }
}
