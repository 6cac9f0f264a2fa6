using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A client that sends a descriptor wherever the server reads or may only hold bytes: with the first bytes of a handshake and through both
/// doorbells. The last close of such a descriptor can be made to wait.
/// </summary>
internal static class DescriptorSender
{
    /// <summary>Reports the error number of each attempt; 0 for one that the kernel took.</summary>
    internal static async Task RunAsync(string path)
    {
        using var gift = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var handshake = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await handshake.ConnectAsync(new TachyonEndPoint(path).ToSocketAddress()).ConfigureAwait(false);
        using HostileEnd end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        ServerRoles.Report(
            $"handshake {Send(handshake.SafeHandle, gift.SafeHandle)} sleeper {Send(end.VictimDoorbell, gift.SafeHandle)} ringer {Send(end.OwnDoorbell, gift.SafeHandle)}");
    }

    private static unsafe int Send(SafeHandle socket, SafeHandle gift)
    {
        byte bytes = (byte)'T';
        byte* control = stackalloc byte[sizeof(ControlMessageHeader) + 8];
        var header = (ControlMessageHeader*)control;
        header->Length = (nuint)(sizeof(ControlMessageHeader) + sizeof(int));
        header->Level = Libc.SolSocket;
        header->Type = Libc.ScmRights;
        *(int*)(header + 1) = (int)gift.DangerousGetHandle();
        var vector = new IoVector { Base = &bytes, Length = 1 };
        var message = new MessageHeader
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = control,
            ControlLength = (nuint)(sizeof(ControlMessageHeader) + 8),
        };
        return Libc.SendMsg(socket, &message, Libc.MsgDontWait | Libc.MsgNoSignal) == 1 ? 0 : Marshal.GetLastPInvokeError();
    }
}
