using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The listening socket and its file: mode, group, stale files of killed servers, removal; or one that the service manager left to us.
/// </summary>
/// <remarks>
/// Made by hand rather than by <see cref="Socket.Bind"/>, which would delete whatever lies at the path when it closes: by then
/// that may be the socket of our successor.
/// </remarks>
internal sealed unsafe class ListeningSocket : IDisposable
{
    private readonly TachyonEndPoint _endPoint;
    private (ulong Inode, uint DeviceMajor, uint DeviceMinor) _file;

    private ListeningSocket(TachyonEndPoint endPoint, Socket socket)
    {
        _endPoint = endPoint;
        Socket = socket;
    }

    internal Socket Socket { get; }

    /// <exception cref="SocketException">Address in use, with a message that says by what.</exception>
    /// <exception cref="IOException">Anything else, with a message that says what to do.</exception>
    internal static ListeningSocket Create(TachyonEndPoint endPoint, TachyonServerOptions options)
    {
        if (InheritedSockets.Find(endPoint) is { } inherited)
        {
            // Its file, with mode and owner, is the service manager's, and stays when we end.
            return new ListeningSocket(endPoint, new Socket(inherited));
        }

        int fd = Libc.Socket(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0);
        if (fd < 0)
        {
            throw Errno.LastError("socket", $"listen on '{endPoint}'");
        }

        var handle = new SafeSocketHandle(fd, ownsHandle: true);

        // Until we listen: a socket that is bound and does not listen yet looks like a stale one to a server that starts just now.
        using SafeFileHandle? turn = endPoint.IsAbstract ? null : TakeTurn(endPoint);
        bool bound = false;
        try
        {
            Bind(handle, endPoint);
            bound = true;
            if (!endPoint.IsAbstract)
            {
                // Before listen: until then nobody can connect, whatever the umask gave.
                SetAccess(endPoint, options);
            }

            if (Libc.Listen(handle, options.Backlog) != 0)
            {
                throw Errno.LastError("listen", $"listen on '{endPoint}'");
            }

            var listening = new ListeningSocket(endPoint, new Socket(handle));
            if (!endPoint.IsAbstract && TryStat(endPoint.Path, out StatXBuffer stat))
            {
                listening._file = Identity(stat);
            }

            return listening;
        }
        catch
        {
            handle.Dispose();
            if (bound && !endPoint.IsAbstract)
            {
                _ = Libc.Unlink(endPoint.Path);
            }

            throw;
        }
    }

    /// <summary>Stops listening and removes the file, if it is still ours.</summary>
    public void Dispose()
    {
        Socket.Dispose();
        if (_file != default && TryStat(_endPoint.Path, out StatXBuffer stat) && Identity(stat) == _file)
        {
            _ = Libc.Unlink(_endPoint.Path);
        }
    }

    private static void Bind(SafeSocketHandle socket, TachyonEndPoint endPoint)
    {
        byte* address = stackalloc byte[SocketAddress.MaximumSize];
        int length = SocketAddress.Write(address, endPoint);
        if (Libc.Bind(socket, address, length) == 0)
        {
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error != Errno.EADDRINUSE || endPoint.IsAbstract)
        {
            throw Explain(error, endPoint);
        }

        RemoveStale(endPoint, address, length);
        if (Libc.Bind(socket, address, length) != 0)
        {
            throw Explain(Marshal.GetLastPInvokeError(), endPoint);
        }
    }

    /// <summary>
    /// Servers that start at the same time in one directory take turns, by a lock on the directory that ends with its descriptor. Somebody else may
    /// hold such a lock for ever, or the directory may not be readable: then we go on without it, and only lose the protection of the turn.
    /// </summary>
    private static SafeFileHandle? TakeTurn(TachyonEndPoint endPoint)
    {
        SafeFileHandle directory = Libc.Open(Path.GetDirectoryName(endPoint.Path) ?? "/", Libc.ODirectory | Libc.OCloexec, 0);
        if (directory.IsInvalid)
        {
            directory.Dispose();
            return null;
        }

        for (int attempt = 0; attempt < 200; attempt++)
        {
            if (Libc.FLock(directory, Libc.LockExclusive | Libc.LockNonBlocking) == 0)
            {
                break;
            }

            // flock has no wait with a limit; this is the start of a server, and at most a second.
#pragma warning disable RS0030 // Listen is synchronous, and flock has no asynchronous form.
            Thread.Sleep(5);
#pragma warning restore RS0030
        }

        return directory;
    }

    /// <summary>Removes the socket file of a server that was killed; only a refused connection proves that nobody listens.</summary>
    private static void RemoveStale(TachyonEndPoint endPoint, byte* address, int length)
    {
        if (!TryStat(endPoint.Path, out StatXBuffer stat))
        {
            return;
        }

        if (!stat.IsSocket)
        {
            throw InUse($"Cannot listen on '{endPoint}': a file that is not a socket is there. It is left alone: choose another path, or remove it.");
        }

        int fd = Libc.Socket(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec | Libc.ONonblock, 0);
        if (fd < 0)
        {
            throw Errno.LastError("socket", $"probe the socket '{endPoint.Path}'");
        }

        using var probe = new SafeFileHandle(fd, ownsHandle: true);
        if (Libc.Connect(probe, address, length) == 0 || Marshal.GetLastPInvokeError() != Errno.ECONNREFUSED)
        {
            throw InUse($"Cannot listen on '{endPoint}': another server is listening there.");
        }

        if (Libc.Unlink(endPoint.Path) != 0 && Marshal.GetLastPInvokeError() != Errno.ENOENT)
        {
            throw Errno.LastError("unlink", $"remove the stale socket '{endPoint.Path}'");
        }
    }

    private static void SetAccess(TachyonEndPoint endPoint, TachyonServerOptions options)
    {
        if (Libc.ChangeMode(endPoint.Path, (uint)options.SocketMode) != 0)
        {
            throw Errno.LastError("chmod", $"set the mode of '{endPoint.Path}'");
        }

        if (options.SocketGroupId is { } group && Libc.ChangeOwner(endPoint.Path, uint.MaxValue, group) != 0)
        {
            throw Errno.LastError("chown", $"give '{endPoint.Path}' to group {group} (the process must be a member of it)");
        }
    }

    private static Exception Explain(int error, TachyonEndPoint endPoint)
    {
        string directory = Path.GetDirectoryName(endPoint.Path) ?? "/";
        return error switch
        {
            Errno.EADDRINUSE => InUse($"Cannot listen on '{endPoint}': another server is listening there."),
            Errno.ENOENT or Errno.ENOTDIR => new DirectoryNotFoundException($"Cannot listen on '{endPoint}': the directory '{directory}' does not exist: create it first."),
            Errno.EACCES or Errno.EPERM => new IOException($"Cannot listen on '{endPoint}': user '{Environment.UserName}' may not write in '{directory}': give it the right, or choose another path."),
            Errno.EROFS => new IOException($"Cannot listen on '{endPoint}': '{directory}' is on a read-only file system: choose a path on one that can be written, such as below /run or /tmp."),
            Errno.ENOSPC or Errno.EDQUOT => new IOException($"Cannot listen on '{endPoint}': the file system of '{directory}' has no room for another file: free space or inodes there, or choose another path."),
            Errno.ENAMETOOLONG => new PathTooLongException($"Cannot listen on '{endPoint}': the path is too long."),
            _ => Errno.ToException(error, "bind", $"listen on '{endPoint}'"),
        };
    }

    private static SocketException InUse(string message) => new((int)SocketError.AddressAlreadyInUse, message);

    private static bool TryStat(string path, out StatXBuffer stat)
    {
        fixed (StatXBuffer* buffer = &stat)
        {
            return Libc.StatX(Libc.AtFdCwd, path, Libc.AtSymlinkNoFollow, StatXBuffer.TypeModeInodeSize, buffer) == 0;
        }
    }

    private static (ulong Inode, uint DeviceMajor, uint DeviceMinor) Identity(in StatXBuffer stat)
        => (stat.Inode, stat.DeviceMajor, stat.DeviceMinor);
}
