using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>The peer's eventfd. Rung only when the peer said in shared memory that it sleeps, and when this end closes.</summary>
/// <remarks>
/// Rung by adding 0 to a counter that is 1 from the start: that wakes who watches it (edge-triggered), and never blocks. Adding 1 may
/// block for ever: O_NONBLOCK belongs to the open file, which the peer has too, and so does the counter, which it can fill (eventfd(2)).
/// </remarks>
internal sealed unsafe class Doorbell(SafeFileHandle eventFd)
{
    private long _rung;

    /// <summary>How often it was rung: one system call each.</summary>
    internal long Rung => Volatile.Read(ref _rung);

    internal void Ring()
    {
        Interlocked.Increment(ref _rung);
        ulong nothing = 0;
        try
        {
            // Nothing can fail here.
            _ = Libc.Write(eventFd, &nothing, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread of this process: the closing itself is what the peer hears (its lifeline hangs up).
        }
    }

    internal void Close() => eventFd.Dispose();
}
