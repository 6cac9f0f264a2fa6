using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Region;

/// <summary>
/// Sets the size of a file without dying of RLIMIT_FSIZE (getrlimit(2)). The limit holds for memory files too, and ftruncate(2) beyond it
/// does not only fail: it sends SIGXFSZ to the thread, which ends the process unless it is handled.
/// </summary>
/// <remarks>
/// Asking for the limit first would not do: prlimit(2) of another process may lower it in between. The signal goes to the calling thread,
/// so that blocking it there, and taking it back, changes nothing for the rest of the process.
/// </remarks>
internal static unsafe class FileSizeLimit
{
    /// <returns>0, or the error.</returns>
    internal static int SetSize(SafeFileHandle file, long size)
    {
        var limit = SignalSet.Of(Libc.SigXFsz);
        SignalSet before;
        var error = Libc.ThreadSignalMask(Libc.SigBlock, &limit, &before);
        if (error != 0)
        {
            return error;
        }

        if (Libc.FTruncate(file, size) != 0)
        {
            error = Marshal.GetLastPInvokeError();
        }

        if (!before.Has(Libc.SigXFsz) && (error != Errno.EFBIG || TakePending(&limit)))
        {
            _ = Libc.ThreadSignalMask(Libc.SigSetMask, &before, null);
        }

        return error;
    }

    /// <returns>False where a sandbox forbids it: then the thread has to keep the signal blocked.</returns>
    private static bool TakePending(SignalSet* signals)
    {
        TimeSpec now = default;
        while (Libc.SignalTimedWait(signals, null, &now) < 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.EINTR:
                    continue;
                case Errno.EAGAIN:
                    // None is pending: the process ignores the signal.
                    return true;
                default:
                    return false;
            }
        }

        return true;
    }
}
