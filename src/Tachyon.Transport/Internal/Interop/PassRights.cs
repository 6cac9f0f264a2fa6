using System.Runtime.InteropServices;

namespace Tachyon.Transport.Internal.Interop;

/// <summary>The socket option SO_PASSRIGHTS (Linux 6.16): whether the peer of a Unix socket can send descriptors.</summary>
internal static unsafe class PassRights
{
    /// <summary>
    /// Makes the kernel refuse descriptors that a peer sends to this Unix socket, or to those that a listening one accepts.
    /// </summary>
    /// <returns>False where the kernel has no such option.</returns>
    internal static bool TryTurnOff(SafeHandle socket)
    {
        var off = 0;
        return Libc.SetSocketOption(socket, Libc.SolSocket, Libc.SoPassRights, &off, sizeof(int)) == 0;
    }
}
