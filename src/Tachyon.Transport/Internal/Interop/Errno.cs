using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tachyon.Transport.Internal.Interop;

/// <summary>Error numbers of Linux that the transport distinguishes, and their mapping to exceptions that state what to do.</summary>
internal static class Errno
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int ESRCH = 3;
    internal const int EINTR = 4;
    internal const int EBADF = 9;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int ENOTDIR = 20;
    internal const int EINVAL = 22;
    internal const int ENFILE = 23;
    internal const int EMFILE = 24;
    internal const int EFBIG = 27;
    internal const int ENOSPC = 28;
    internal const int EROFS = 30;
    internal const int EPIPE = 32;
    internal const int ERANGE = 34;
    internal const int ENAMETOOLONG = 36;
    internal const int ENOSYS = 38;
    internal const int ELOOP = 40;
    internal const int EPROTOTYPE = 91;
    internal const int EADDRINUSE = 98;
    internal const int ECONNRESET = 104;
    internal const int ETOOMANYREFS = 109;
    internal const int ECONNREFUSED = 111;
    internal const int EDQUOT = 122;

    /// <summary>The exception for a system call that failed with the last error of this thread.</summary>
    internal static IOException LastError(string call, string purpose)
        => ToException(Marshal.GetLastPInvokeError(), call, purpose);

    internal static IOException ToException(int error, string call, string purpose)
        => new($"Cannot {purpose}: {call} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).{Hint(error)}");

    /// <summary>What to do about an error, as a sentence that begins with a blank; empty where there is no general advice.</summary>
    internal static string Hint(int error)
        => error switch
        {
            EMFILE => " This process has reached its limit of open files: raise it (ulimit -n, LimitNOFILE= of the systemd unit) or close connections.",
            ENFILE => " The machine has reached its limit of open files: raise the sysctl fs.file-max.",
            ENOMEM => " No memory, or the limit of mappings of a process: free memory, raise the memory limit of the container or the sysctl vm.max_map_count.",
            EFBIG => " This process may not make files of that size, and the limit holds for memory too: raise it (ulimit -f, LimitFSIZE= of the systemd unit) or make the rings smaller.",
            ENOSPC => " A limit of the kernel was reached: for epoll raise the sysctl fs.epoll.max_user_watches.",
            ETOOMANYREFS => " Too many descriptors of this user were sent and not received yet (unix(7)): raise the limit of open files (ulimit -n, LimitNOFILE= of the systemd unit), or find the process that does not receive them.",
            EPERM or EACCES => " The system refused it: check permissions, and the seccomp or security profile of the process.",
            ENOSYS => " This kernel is too old, or its sandbox hides the call: Linux 4.14 or later is needed.",
            EINVAL => " The kernel does not accept the arguments: Linux 4.14 or later is needed.",
            _ => "",
        };

    /// <summary>
    /// The same for what .NET's sockets throw; they do not distinguish EMFILE from ENFILE, and the former is the common one.
    /// </summary>
    internal static string Hint(SocketException exception)
        => exception.SocketErrorCode switch
        {
            SocketError.TooManyOpenSockets => Hint(EMFILE),
            SocketError.NoBufferSpaceAvailable => Hint(ENOMEM),
            _ => "",
        };
}
