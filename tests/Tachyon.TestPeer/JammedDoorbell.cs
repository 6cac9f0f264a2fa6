using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Memory;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.TestPeer;

/// <summary>
/// A client that wants the server to wait in its doorbells: it clears O_NONBLOCK on every descriptor that it got, fills all that can be
/// filled, and says all the time that it sleeps.
/// </summary>
internal static class JammedDoorbell
{
    private const int RingSize = 65_536;
    private const int FSetFlags = 4;
    private const int NotASocket = 88;

    private static SharedRegion? s_region;

    internal static async Task RunAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
        var hello = new HandshakeMessage(
            MessageKind.Hello, 1, 1, HandshakeStatus.Ok, HandshakeMessage.KnownFeatures, 0, RingSize, RingSize, 0, 0);
        await ControlSocket.SendAsync(socket, hello, CancellationToken.None).ConfigureAwait(false);
        List<SafeFileHandle> descriptors = [];
        await ControlSocket.ReceiveAsync(socket, descriptors, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        s_region = SharedRegion.Map(descriptors[0], RingSize, RingSize);
        foreach (SafeFileHandle doorbell in descriptors[1..3])
        {
            Jam(doorbell);
            _ = Libc.Fcntl(doorbell, FSetFlags, 0);
        }

        await ControlSocket.SendAsync(
            socket, new HandshakeMessage(MessageKind.Ready, 1, 1, HandshakeStatus.Ok, 0, 0, 0, 0, 0, 0), CancellationToken.None).ConfigureAwait(false);
        new Thread(ClaimToSleep) { IsBackground = true }.Start();
        ServerRoles.Report("ready");
    }

    private static unsafe void Jam(SafeFileHandle doorbell)
    {
        // The most that an eventfd holds (eventfd(2)); on a socket the same bytes, as often as they fit.
        ulong most = ulong.MaxValue - 1;
        while (Libc.Send(doorbell, &most, sizeof(ulong), Libc.MsgDontWait | Libc.MsgNoSignal) > 0)
        {
        }

        if (Marshal.GetLastPInvokeError() == NotASocket)
        {
            _ = Libc.Write(doorbell, &most, sizeof(ulong));
        }
    }

    private static unsafe void ClaimToSleep()
    {
        RingControl own = new(s_region!.Header + RegionLayout.ControlBlock0);
        RingControl servers = new(s_region.Header + RegionLayout.ControlBlock1);
        while (true)
        {
            Volatile.Write(ref servers.DataWanted, 1);
            Volatile.Write(ref own.SpaceWanted, 1);
        }
    }
}
