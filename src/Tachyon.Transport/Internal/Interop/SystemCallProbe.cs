using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tachyon.Transport.Internal.Interop;

/// <summary>
/// Tries out what a server needs for shared memory beyond what .NET itself needs (.NET's sockets need epoll). A sandbox that refuses one of
/// them refuses it for the life of the process, so the answer is kept.
/// </summary>
internal static class SystemCallProbe
{
    private static readonly Lazy<string?> s_refused = new(Find);

    /// <summary>The call that is refused, and why; null where all work.</summary>
    internal static string? Refused => s_refused.Value;

    /// <summary>Whether the error means that the call is never allowed here; a lack of memory or descriptors passes.</summary>
    internal static bool IsRefusal(int error) => error is Errno.ENOSYS or Errno.EPERM or Errno.EACCES;

    private static string? Find()
        => Check("memfd_create", static () => Libc.MemfdCreate("tachyon-probe", Libc.MfdCloexec | Libc.MfdAllowSealing))
            ?? Check("eventfd", static () => Libc.EventFd(0, Libc.EfdCloexec | Libc.EfdNonblock));

    private static string? Check(string call, Func<SafeFileHandle> make)
    {
        var error = 0;

        // Twice, since the answer is kept: a single failure may be a fault of the moment.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var made = make();
            error = made.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
            if (!IsRefusal(error))
            {
                return null;
            }
        }

        return $"the system refuses {call} ({Marshal.GetPInvokeErrorMessage(error)}, errno {error}): check the seccomp or security profile and the kernel";
    }
}
