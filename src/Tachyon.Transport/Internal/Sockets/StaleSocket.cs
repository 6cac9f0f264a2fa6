using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>What is at the path already: the socket of a running server, the socket of a killed server, or something else.</summary>
internal static unsafe class StaleSocket
{
    /// <summary>Removes the socket file of a server that was killed; only a refused connection proves that no process listens.</summary>
    /// <returns>The server that listens, where it may be taken over from; null when nothing is at the path any more.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">It is anything else, which the message names.</exception>
    internal static Predecessor? Remove(TachyonEndPoint endPoint, SafeFileHandle directory, string name, bool mayTakeOver)
    {
        // Probed, compared, and removed is the same file, whatever others do to the path meanwhile.
        using var file = SocketFile.Open(directory, name);
        if (file.IsInvalid || !SocketFile.TryStat(file, "", out var stat))
        {
            return null;
        }

        if (!stat.IsSocket)
        {
            throw SocketFile.InUse($"Cannot listen on '{endPoint}': a file that is not a socket is there. It is left alone: choose another path, or remove it.");
        }

        var error = Probe(file, endPoint, out var processId);
        if (error == 0 && mayTakeOver && stat.UserId == Libc.GetEffectiveUserId())
        {
            return new Predecessor(stat.Identity, processId);
        }

        if (error != Errno.ECONNREFUSED)
        {
            throw ToException(error, endPoint, stat.UserId);
        }

        if (!SocketFile.TryStat(directory, name, out var now) || now.Identity != stat.Identity
            || Libc.Unlink(directory, name, 0) == 0)
        {
            return null;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Errno.ENOENT:
                return null;
            case Errno.EPERM or Errno.EACCES:
                throw SocketFile.InUse(
                    $"Cannot listen on '{endPoint}': the socket of a server that has ended is there. It belongs to user {stat.UserId}, and user '{Environment.UserName}' may not remove it: remove it as that user, or choose another path.");
            case int other:
                throw Errno.ToException(other, "unlinkat", $"remove the stale socket '{endPoint.Path}'");
        }
    }

    /// <returns>The error of connect(2); 0 when a server listens.</returns>
    private static int Probe(SafeFileHandle file, TachyonEndPoint endPoint, out int processId)
    {
        processId = 0;
        var fd = Libc.Socket(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec | Libc.ONonblock, 0);
        if (fd < 0)
        {
            throw Errno.LastError("socket", $"probe the socket '{endPoint.Path}'");
        }

        using var probe = new SafeFileHandle(fd, ownsHandle: true);
        var address = stackalloc byte[SocketAddress.MaxSize];
        var length = SocketAddress.Write(address, new TachyonEndPoint(SocketFile.LinkTo(file)));
        if (Libc.Connect(probe, address, length) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        // Of the process that called listen (unix(7)).
        var credentials = stackalloc int[3];
        var size = 3 * sizeof(int);
        if (Libc.GetSocketOption(probe, Libc.SolSocket, Libc.SoPeerCred, credentials, &size) == 0)
        {
            processId = credentials[0];
        }

        return 0;
    }

    private static Exception ToException(int error, TachyonEndPoint endPoint, uint owner)
        => error switch
        {
            0 => SocketFile.InUse($"Cannot listen on '{endPoint}': another server is listening there. To replace a server of the same user while it runs, set {nameof(TachyonServerOptions.TakeOver)}."),
            Errno.EAGAIN => SocketFile.InUse($"Cannot listen on '{endPoint}': another server of user {owner} is listening there, and its queue of clients is full."),
            Errno.EACCES or Errno.EPERM => SocketFile.InUse(
                $"Cannot listen on '{endPoint}': the socket there belongs to user {owner} and cannot be asked whether its server is alive: remove it if that server has ended, or choose another path."),
            Errno.EPROTOTYPE => SocketFile.InUse($"Cannot listen on '{endPoint}': a socket of another type, such as a datagram socket, is there. It is left alone: choose another path."),
            _ => Errno.ToException(error, "connect", $"listen on '{endPoint}': a socket of user {owner} is there, and asking whether its server is alive did not work"),
        };
}

/// <summary>A running server that another one takes over from.</summary>
/// <param name="File">The identity of its socket file.</param>
/// <param name="ProcessId">Its process as this one sees it; 0 where it does not.</param>
internal readonly record struct Predecessor((ulong Inode, uint DeviceMajor, uint DeviceMinor) File, int ProcessId);
