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
        using var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        ServerRoles.Report(
            $"handshake {Send(handshake.SafeHandle, gift.SafeHandle)} sleeper {Send(end.VictimDoorbell, gift.SafeHandle)} ringer {Send(end.OwnDoorbell, gift.SafeHandle)}");
    }

    private static int Send(SafeHandle socket, SafeHandle gift) => Send(socket, "T"u8, gift);

    /// <returns>The error number; 0 when the kernel took it.</returns>
    internal static unsafe int Send(SafeHandle socket, ReadOnlySpan<byte> message, params ReadOnlySpan<SafeHandle> gifts)
    {
        var controlSize = (sizeof(ControlMessageHeader) + (gifts.Length * sizeof(int)) + 7) & ~7;
        var control = stackalloc byte[controlSize];
        var header = (ControlMessageHeader*)control;
        header->Length = (nuint)(sizeof(ControlMessageHeader) + (gifts.Length * sizeof(int)));
        header->Level = Libc.SolSocket;
        header->Type = Libc.ScmRights;
        for (var i = 0; i < gifts.Length; i++)
        {
            ((int*)(header + 1))[i] = (int)gifts[i].DangerousGetHandle();
        }

        fixed (byte* bytes = message)
        {
            var vector = new IoVector { Base = bytes, Length = (nuint)message.Length };
            var parts = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)controlSize };
            return Libc.SendMsg(socket, &parts, Libc.MsgDontWait | Libc.MsgNoSignal) == message.Length ? 0 : Marshal.GetLastPInvokeError();
        }
    }
}
