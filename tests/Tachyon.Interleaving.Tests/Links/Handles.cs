using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Interleaving.Links;

/// <summary>The descriptors of a connection, as the handshake makes them.</summary>
internal static class Handles
{
    private const int DuplicateCloexec = 1030; // F_DUPFD_CLOEXEC

    internal static SafeFileHandle Doorbell() => Libc.EventFd(1, Libc.EfdCloexec | Libc.EfdNonblock);

    /// <summary>The kind between different users.</summary>
    internal static unsafe (SafeFileHandle Sleeper, SafeFileHandle Ringer) SocketPairDoorbell()
    {
        int* ends = stackalloc int[2];
        return Libc.SocketPair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, ends) == 0
            ? (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true))
            : throw new IOException($"socketpair failed with {Marshal.GetLastPInvokeError()}");
    }

    internal static unsafe (SafeFileHandle Server, SafeFileHandle Client) Lifeline()
    {
        int* ends = stackalloc int[2];
        return Libc.Pipe2(ends, Libc.OCloexec | Libc.ONonblock) == 0
            ? (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true))
            : throw new IOException($"pipe2 failed with {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>A second descriptor for the same thing, as the other process has it.</summary>
    internal static SafeFileHandle Duplicate(SafeFileHandle handle)
    {
        int descriptor = Libc.Fcntl(handle, DuplicateCloexec, 0);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"fcntl failed with {Marshal.GetLastPInvokeError()}");
    }
}
