using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>Makes the descriptors of a connection, and judges those that a peer sent.</summary>
internal static unsafe class Descriptors
{
    /// <summary>
    /// Order on the wire: the memfd, what the client rings to wake the server, what the server rings to wake the client (the client
    /// sleeps on it), the client's end of the lifeline.
    /// </summary>
    internal const int Count = 4;

    /// <summary>An eventfd whose counter is 1 and stays so: see <see cref="Doorbell"/>.</summary>
    internal static SafeFileHandle CreateDoorbell()
    {
        SafeFileHandle eventFd = Libc.EventFd(1, Libc.EfdCloexec | Libc.EfdNonblock);
        return eventFd.IsInvalid ? throw Errno.LastError("eventfd", "create the doorbell of a connection") : eventFd;
    }

    /// <summary>A doorbell between processes of different users; see <see cref="Doorbell"/>. Who sleeps has one end, who rings the other.</summary>
    internal static (SafeFileHandle Sleeper, SafeFileHandle Ringer) CreateSocketPairDoorbell()
    {
        int* fds = stackalloc int[2];
        if (Libc.SocketPair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, fds) != 0)
        {
            throw Errno.LastError("socketpair", "create the doorbell of a connection");
        }

        var sleeper = new SafeFileHandle(fds[0], ownsHandle: true);
        var ringer = new SafeFileHandle(fds[1], ownsHandle: true);
        _ = UnwantedDescriptors.RefuseFrom(sleeper);

        // The side that rings never reads, so what the other side sent there would stay until the close, and be closed then. The other
        // side's send fails with EPIPE from now on. This needs no new kernel, and cannot be undone.
        _ = Libc.Shutdown(ringer, Libc.ShutdownRead);
        return (sleeper, ringer);
    }

    /// <summary>
    /// An anonymous pipe that nobody ever writes to. Its server end hangs up (EPOLLHUP) when the last client end closes, its client end
    /// fails (EPOLLERR) when the last server end closes: also when a process dies, whatever PID namespace it was in.
    /// </summary>
    internal static (SafeFileHandle Server, SafeFileHandle Client) CreateLifeline()
    {
        int* fds = stackalloc int[2];
        if (Libc.Pipe2(fds, Libc.OCloexec | Libc.ONonblock) != 0)
        {
            throw Errno.LastError("pipe2", "create the lifeline of a connection");
        }

        var server = new SafeFileHandle(fds[0], ownsHandle: true);
        var client = new SafeFileHandle(fds[1], ownsHandle: true);

        // One page instead of 16: pipes count against a limit of their user (pipe(7)). Only thrift, so a failure does not matter.
        _ = Libc.Fcntl(client, Libc.FSetPipeSize, 4096);
        return (server, client);
    }

    /// <summary>Says what is wrong with the descriptors that came with a reply; null when they are what they must be.</summary>
    internal static string? Validate(List<SafeFileHandle> descriptors, int capacity0, int capacity1, bool socketPairDoorbells)
    {
        if (descriptors.Count != Count)
        {
            return $"{descriptors.Count} descriptors came instead of {Count}";
        }

        if (SharedRegion.Validate(descriptors[0], capacity0, capacity1) is { } reason)
        {
            return reason;
        }

        for (int i = 1; i <= 2; i++)
        {
            if (socketPairDoorbells ? !IsUnixSocket(descriptors[i]) : !IsEventFd(descriptors[i]))
            {
                return $"descriptor {i} is not {(socketPairDoorbells ? "a Unix socket" : "an eventfd")}";
            }
        }

        // Without asking the file system: that of a file in FUSE is a process, which may never answer.
        StatXBuffer stat;
        return Libc.StatX(descriptors[3], "", Libc.AtEmptyPath | Libc.AtStatxDontSync, StatXBuffer.TypeModeInodeSize, &stat) == 0 && stat.IsFifo
            ? null
            : "descriptor 3 is not a pipe";
    }

    private static bool IsUnixSocket(SafeFileHandle descriptor)
    {
        int domain;
        int length = sizeof(int);
        return Libc.GetSocketOption(descriptor, Libc.SolSocket, Libc.SoDomain, &domain, &length) == 0 && domain == Libc.AfUnix;
    }

    private static bool IsEventFd(SafeFileHandle descriptor)
    {
        // The kernel offers no call that tells an eventfd from other anonymous inodes, but this link names it (proc(5)).
        const int Capacity = 64;
        byte* target = stackalloc byte[Capacity];
        nint length = Libc.ReadLink($"/proc/self/fd/{descriptor.DangerousGetHandle()}", target, Capacity);
        return length > 0 && Encoding.ASCII.GetString(target, (int)length) == "anon_inode:[eventfd]";
    }
}
