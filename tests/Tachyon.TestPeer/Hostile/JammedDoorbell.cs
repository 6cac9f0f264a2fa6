using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A client that wants the server to wait in its doorbells: it clears O_NONBLOCK on those that it got, fills all that can be filled, and
/// says all the time that it sleeps.
/// </summary>
internal static class JammedDoorbell
{
    private const int FSetFlags = 4;
    private const int NotASocket = 88;

    internal static async Task RunAsync(string path)
    {
        var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        foreach (var doorbell in (SafeFileHandle[])[end.VictimDoorbell, end.OwnDoorbell])
        {
            Jam(doorbell);
            _ = Libc.Fcntl(doorbell, FSetFlags, 0);
        }

        new Thread(() => ClaimToSleep(end)) { IsBackground = true }.Start();
        ServerRoles.Report("ready");
    }

    private static unsafe void Jam(SafeFileHandle doorbell)
    {
        // The most that an eventfd holds (eventfd(2)); on a socket the same bytes, as often as they fit.
        var most = ulong.MaxValue - 1;
        while (Libc.Send(doorbell, &most, sizeof(ulong), Libc.MsgDontWait | Libc.MsgNoSignal) > 0)
        {
        }

        if (Marshal.GetLastPInvokeError() == NotASocket)
        {
            _ = Libc.Write(doorbell, &most, sizeof(ulong));
        }
    }

    private static void ClaimToSleep(HostileEnd end)
    {
        while (true)
        {
            Volatile.Write(ref end.From.DataWanted, 1);
            Volatile.Write(ref end.Toward.SpaceWanted, 1);
        }
    }
}
