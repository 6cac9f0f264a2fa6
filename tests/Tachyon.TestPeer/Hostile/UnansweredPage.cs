using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A page whose first use never returns: its faults go to a userfaultfd(2) that nothing reads. A system call that uses it waits with all
/// locks that it holds, until the process dies. Needs CAP_SYS_PTRACE where the sysctl vm.unprivileged_userfaultfd is 0.
/// </summary>
internal static unsafe partial class UnansweredPage
{
    private const int PageSize = 4096;

    // <linux/userfaultfd.h>
    private const ulong Version = 0xAA;
    private const ulong ModeMissing = 1;
    private const nuint ApiCommand = 0xC018_AA3F;
    private const nuint RegisterCommand = 0xC020_AA00;

    private static readonly nint s_call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 282 : 323;

    internal static nint Create()
    {
        var fd = (int)SystemCall(s_call, Libc.OCloexec);
        if (fd < 0)
        {
            throw Errno.LastError("userfaultfd", "make a page whose use waits");
        }

        // Open for as long as the process lives: with it the faults would be answered.
        var faults = new SafeFileHandle(fd, ownsHandle: false);
        var page = Libc.MMapAnonymous(0, PageSize, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
        var api = stackalloc ulong[3] { Version, 0, 0 };
        var range = stackalloc ulong[4] { (ulong)page, PageSize, ModeMissing, 0 };
        return Libc.IoControl(faults, ApiCommand, (int*)api) == 0 && Libc.IoControl(faults, RegisterCommand, (int*)range) == 0
            ? page
            : throw Errno.LastError("ioctl", "make a page whose use waits");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint argument);
}
