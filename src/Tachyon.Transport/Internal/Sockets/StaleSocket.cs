using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>What is at the path already: the socket of a running server, the socket of a killed server, or something else.</summary>
internal static unsafe class StaleSocket
{
    /// <summary>Removes the socket file of a server that was killed; only a refused connection proves that no process listens.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">It is anything else, which the message names.</exception>
    internal static void Remove(TachyonEndPoint endPoint, SafeFileHandle directory, string name)
    {
        // Probed, compared, and removed is the same file, whatever others do to the path meanwhile.
        using var file = SocketFile.Open(directory, name);
        if (file.IsInvalid || !SocketFile.TryStat(file, "", out var stat))
        {
            return;
        }

        if (!stat.IsSocket)
        {
            throw SocketFile.InUse($"Cannot listen on '{endPoint}': a file that is not a socket is there. It is left alone: choose another path, or remove it.");
        }

        var error = Probe(file, endPoint);
        if (error != Errno.ECONNREFUSED)
        {
            throw ToException(error, endPoint, stat.UserId);
        }

        if (!SocketFile.TryStat(directory, name, out var now) || now.Identity != stat.Identity
            || Libc.Unlink(directory, name, 0) == 0)
        {
            return;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Errno.ENOENT:
                return;
            case Errno.EPERM or Errno.EACCES:
                throw SocketFile.InUse(
                    $"Cannot listen on '{endPoint}': the socket of a server that has ended is there. It belongs to user {stat.UserId}, and user '{Environment.UserName}' may not remove it: remove it as that user, or choose another path.");
            case int other:
                throw Errno.ToException(other, "unlinkat", $"remove the stale socket '{endPoint.Path}'");
        }
    }

    /// <returns>The error of connect(2); 0 when a server listens.</returns>
    private static int Probe(SafeFileHandle file, TachyonEndPoint endPoint)
    {
        var fd = Libc.Socket(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec | Libc.ONonblock, 0);
        if (fd < 0)
        {
            throw Errno.LastError("socket", $"probe the socket '{endPoint.Path}'");
        }

        using var probe = new SafeFileHandle(fd, ownsHandle: true);
        var address = stackalloc byte[SocketAddress.MaxSize];
        var length = SocketAddress.Write(address, new TachyonEndPoint(SocketFile.LinkTo(file)));
        return Libc.Connect(probe, address, length) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static Exception ToException(int error, TachyonEndPoint endPoint, uint owner)
        => error switch
        {
            0 => SocketFile.ToException(Errno.EADDRINUSE, endPoint),
            Errno.EAGAIN => SocketFile.InUse($"Cannot listen on '{endPoint}': another server of user {owner} is listening there, and its queue of clients is full."),
            Errno.EACCES or Errno.EPERM => SocketFile.InUse(
                $"Cannot listen on '{endPoint}': the socket there belongs to user {owner} and cannot be asked whether its server is alive: remove it if that server has ended, or choose another path."),
            Errno.EPROTOTYPE => SocketFile.InUse($"Cannot listen on '{endPoint}': a socket of another type, such as a datagram socket, is there. It is left alone: choose another path."),
            _ => Errno.ToException(error, "connect", $"listen on '{endPoint}': a socket of user {owner} is there, and asking whether its server is alive did not work"),
        };
}
