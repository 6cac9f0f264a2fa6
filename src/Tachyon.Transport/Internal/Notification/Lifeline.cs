using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Notification;

/// <summary>
/// One side's end of an anonymous pipe that no process writes to. The server's end hangs up (EPOLLHUP) when the last client end closes, the
/// client's end fails (EPOLLERR) when the last server end closes: also when a process dies, in any PID namespace.
/// </summary>
internal sealed unsafe class Lifeline(SafeFileHandle descriptor) : IDisposable
{
    internal SafeFileHandle Descriptor => descriptor;

    internal static (Lifeline Server, Lifeline Client) Create()
    {
        var fds = stackalloc int[2];
        if (Libc.Pipe2(fds, Libc.OCloexec | Libc.ONonblock) != 0)
        {
            throw Errno.LastError("pipe2", "create the lifeline of a connection");
        }

        var server = new Lifeline(new SafeFileHandle(fds[0], ownsHandle: true));
        var client = new Lifeline(new SafeFileHandle(fds[1], ownsHandle: true));

        // One page instead of 16: pipes count against a limit of their user (pipe(7)). Only an economy, so a failure does not matter.
        _ = Libc.Fcntl(client.Descriptor, Libc.FSetPipeSize, 4096);
        return (server, client);
    }

    /// <summary>Whether a descriptor from the peer is a pipe.</summary>
    internal static bool IsPipe(SafeFileHandle descriptor)
    {
        // AT_STATX_DONT_SYNC: does not ask the file system. That of a file in FUSE is a process, which may never answer.
        StatXBuffer stat;
        return Libc.StatX(descriptor, "", Libc.AtEmptyPath | Libc.AtStatxDontSync, StatXBuffer.TypeModeInodeSize, &stat) == 0
            && stat.IsFifo;
    }

    public void Dispose() => descriptor.Dispose();
}
