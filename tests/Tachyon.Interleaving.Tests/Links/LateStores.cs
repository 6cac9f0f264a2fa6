using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Interleaving.Links;

/// <summary>
/// Lets stores to the fields by which threads of one process agree arrive late too, where an exploration models store buffers. (Words of
/// the shared region always may.)
/// </summary>
internal static unsafe class LateStores
{
    internal static void Allow(Execution run, ConnectionCore end)
    {
        var poller = Reactors.All[0].Poller;
        Pin(run, end);
        Pin(run, poller);
        run.Delay((nint)Unsafe.AsPointer(ref Polled(end)));
        run.Delay((nint)Unsafe.AsPointer(ref PeerGone(end)));
        run.Delay((nint)Unsafe.AsPointer(ref Scheduled(poller)));
        run.Delay((nint)Unsafe.AsPointer(ref Stalled(poller)));
    }

    private static void Pin(Execution run, object value)
    {
        // A store that is under way knows its place by address.
        var pin = new PinnedGCHandle<object>(value);
        run.AtEnd(() => pin.Dispose());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_polled")]
    private static extern ref bool Polled(WatchedConnection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_peerGone")]
    private static extern ref bool PeerGone(ConnectionCore end);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_scheduled")]
    private static extern ref int Scheduled(Poller poller);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_stalled")]
    private static extern ref bool Stalled(Poller poller);
}
