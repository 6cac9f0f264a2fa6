using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>The peer's eventfd. Rung only when the peer said in shared memory that it sleeps, and when this end closes.</summary>
internal sealed unsafe class Doorbell(SafeFileHandle eventFd)
{
    private long _rung;

    /// <summary>How often it was rung: one system call each.</summary>
    internal long Rung => Volatile.Read(ref _rung);

    internal void Ring()
    {
        Interlocked.Increment(ref _rung);
        ulong one = 1;
        try
        {
            // EAGAIN (a counter near 2^64) means that the peer's descriptor is readable anyway; nothing else can fail here.
            _ = Libc.Write(eventFd, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread of this process: the closing itself is what the peer hears (its lifeline hangs up).
        }
    }

    internal void Close() => eventFd.Dispose();
}
