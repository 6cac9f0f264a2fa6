using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>
/// The file of a listening socket, in a directory in which other users may write: they can rename, replace, and link whatever lies at the
/// path between any two calls. So nothing is done to "the file at the path": the directory and the file are opened once, without following
/// links, and mode, group, and removal act on the file that was opened and checked (docs/adr/0015-socket-file-without-races.md).
/// </summary>
internal sealed unsafe class SocketFile : IDisposable
{
    // S_ISVTX: a new socket has this mode and no other, which distinguishes it from every earlier socket of ours. It permits nothing.
    private const uint NewMode = 0x200;
    private const uint PermissionBits = 0x1FF;

    private readonly TachyonEndPoint _endPoint;
    private readonly SafeFileHandle _directory;
    private readonly string _name;
    private string? _temporaryName;
    private (ulong Inode, uint DeviceMajor, uint DeviceMinor) _identity;

    private SocketFile(TachyonEndPoint endPoint, SafeFileHandle directory)
    {
        _endPoint = endPoint;
        _directory = directory;
        _name = Path.GetFileName(endPoint.Path);
    }

    /// <summary>The server that this one takes over from; null where none ran.</summary>
    internal Predecessor? Predecessor { get; private set; }

    /// <summary>Opens the directory, and waits until no other server starts in it.</summary>
    internal static SocketFile Open(TachyonEndPoint endPoint)
    {
        var path = DirectoryOf(endPoint);
        var directory = Libc.Open(path, Libc.ODirectory | Libc.OCloexec, 0);
        if (directory.IsInvalid && Marshal.GetLastPInvokeError() == Errno.EACCES)
        {
            // It may be writable all the same. It cannot be locked then.
            directory.Dispose();
            directory = Libc.Open(path, Libc.OPath | Libc.ODirectory | Libc.OCloexec, 0);
        }

        if (directory.IsInvalid)
        {
            var error = ToException(Marshal.GetLastPInvokeError(), endPoint);
            directory.Dispose();
            throw error;
        }

        TakeTurn(directory);
        return new SocketFile(endPoint, directory);
    }

    /// <summary>Binds the socket, takes over from a server that was killed, and gives the new file its mode and group.</summary>
    /// <remarks>Before listen(2): until then no client can connect.</remarks>
    internal void Bind(SafeSocketHandle socket, TachyonServerOptions options)
    {
        // The file that bind makes has the mode of the socket itself.
        if (Libc.ChangeMode(socket, NewMode) != 0)
        {
            throw Errno.LastError("fchmod", $"listen on '{_endPoint}'");
        }

        if (!TryBind(socket, _endPoint))
        {
            Predecessor = StaleSocket.Remove(_endPoint, _directory, _name, options.TakeOver);
            if (Predecessor is not null)
            {
                BindBeside(socket);
            }
            else if (!TryBind(socket, _endPoint))
            {
                throw ToException(Errno.EADDRINUSE, _endPoint);
            }
        }

        using var file = OpenNew();
        SetAccess(file, options);
    }

    /// <summary>
    /// Takes over from the predecessor, if there is one. Then other servers may start in the directory; what lies at the path must be the
    /// socket that was bound.
    /// </summary>
    /// <remarks>The socket listens already: a client that connects reaches one of the two servers.</remarks>
    internal void EndTurn()
    {
        if (_temporaryName is not null)
        {
            TakeOver(_temporaryName);
        }

        if (!IsAtPath())
        {
            throw Exchanged();
        }

        _ = Libc.FLock(_directory, Libc.LockUnlock);
    }

    /// <summary>
    /// Where clients find a listening socket. The kernel keeps the name that was bound, which after a take-over no file has any more.
    /// </summary>
    /// <param name="bound">As in /proc/net/unix.</param>
    internal static string PathOf(string bound)
    {
        var number = bound.LastIndexOf('.') + 1;
        var isBeside = number > 1 && number < bound.Length && bound.AsSpan(number).IndexOfAnyExceptInRange('0', '9') < 0;
        return isBeside && !Path.Exists(bound) ? bound[..(number - 1)] : bound;
    }

    /// <summary>Removes the file if it is still the one that was bound.</summary>
    /// <remarks>
    /// While the socket still listens: a server that does not take over begins only where none does. One that takes over has the lock.
    /// </remarks>
    internal void Remove()
    {
        if (_identity == default)
        {
            return;
        }

        TakeTurn(_directory);
        if (IsAtPath())
        {
            _ = Libc.Unlink(_directory, CurrentName, 0);
        }

        _ = Libc.FLock(_directory, Libc.LockUnlock);
    }

    /// <summary>Whether clients find the socket at the path, and not another server or nothing.</summary>
    internal bool IsAtPath() => TryStat(_directory, CurrentName, out var stat) && stat.Identity == _identity;

    public void Dispose() => _directory.Dispose();

    /// <summary>The file at the path, without following a link.</summary>
    internal static SafeFileHandle Open(SafeFileHandle directory, string name)
        => Libc.Open(directory, name, Libc.OPath | Libc.ONoFollow | Libc.OCloexec, 0);

    internal static bool TryStat(SafeFileHandle file, string name, out StatXBuffer stat)
    {
        fixed (StatXBuffer* buffer = &stat)
        {
            var flags = Libc.AtSymlinkNoFollow | (name.Length == 0 ? Libc.AtEmptyPath : 0);
            return Libc.StatX(file, name, flags, StatXBuffer.TypeModeOwnerInodeSize, buffer) == 0;
        }
    }

    /// <summary>A path that leads to the file that was opened, wherever it is by now.</summary>
    internal static string LinkTo(SafeFileHandle file) => $"/proc/self/fd/{file.DangerousGetHandle()}";

    internal static Exception ToException(int error, TachyonEndPoint endPoint)
    {
        var directory = DirectoryOf(endPoint);
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

    internal static SocketException InUse(string message) => new((int)SocketError.AddressAlreadyInUse, message);

    private string CurrentName => _temporaryName ?? _name;

    /// <returns>False when something is at the path.</returns>
    private static bool TryBind(SafeSocketHandle socket, TachyonEndPoint endPoint)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        var length = SocketAddress.Write(address, endPoint);
        if (Libc.Bind(socket, address, length) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Errno.EADDRINUSE ? false : throw ToException(error, endPoint);
    }

    /// <summary>Binds the socket to a name of its own in the same directory. Tools show it, since the kernel keeps it.</summary>
    private void BindBeside(SafeSocketHandle socket)
    {
        _temporaryName = $"{_name}.{Environment.ProcessId}";
        var path = Path.Combine(DirectoryOf(_endPoint), _temporaryName);
        if (Encoding.UTF8.GetByteCount(path) >= TachyonEndPoint.MaxPathBytes)
        {
            _temporaryName = $".tachyon.{Environment.ProcessId}";
            path = $"{LinkTo(_directory)}/{_temporaryName}";
        }

        var temporary = new TachyonEndPoint(path);

        // Of a process with this number that was killed while it took over.
        if (!TryBind(socket, temporary)
            && (StaleSocket.Remove(temporary, _directory, _temporaryName, mayTakeOver: false) is not null || !TryBind(socket, temporary)))
        {
            throw ToException(Errno.EADDRINUSE, temporary);
        }
    }

    private void TakeOver(string temporaryName)
    {
        // Where nothing is there any more, the predecessor has ended just now.
        if (TryStat(_directory, _name, out var there) && there.Identity != Predecessor!.Value.File)
        {
            throw Exchanged();
        }

        if (Libc.Rename(_directory, temporaryName, _directory, _name) != 0)
        {
            throw Errno.LastError("renameat", $"take over '{_endPoint.Path}'");
        }

        _temporaryName = null;
    }

    /// <summary>Opens the socket that was bound just now.</summary>
    private SafeFileHandle OpenNew()
    {
        var file = Open(_directory, CurrentName);
        if (!file.IsInvalid
            && TryStat(file, "", out var stat)
            && stat.IsSocket
            && stat.UserId == Libc.GetEffectiveUserId()
            && stat.Permissions == NewMode)
        {
            _identity = stat.Identity;
            return file;
        }

        file.Dispose();
        throw Exchanged();
    }

    private void SetAccess(SafeFileHandle file, TachyonServerOptions options)
    {
        if (options.SocketGroupId is { } group && Libc.ChangeOwner(file, "", uint.MaxValue, group, Libc.AtEmptyPath) != 0)
        {
            throw Errno.LastError("fchownat", $"give '{_endPoint.Path}' to group {group} (the process must be a member of it)");
        }

        // fchmod does not take a descriptor that was opened as a place only.
        if (Libc.ChangeMode(LinkTo(file), (uint)options.SocketMode & PermissionBits) != 0)
        {
            throw Errno.LastError("chmod", $"set the mode of '{_endPoint.Path}'");
        }
    }

    private IOException Exchanged()
        => new($"Cannot listen on '{_endPoint}': another process exchanged the socket file while the server started: choose a directory in which no other user may write, or set its sticky bit (chmod +t).");

    /// <summary>
    /// Servers that start at the same time in one directory take turns: a socket that is bound and does not listen yet cannot be
    /// distinguished from a stale one. The lock on the directory ends with its descriptor. Any process may hold such a lock for ever: then
    /// we go on without it, and only lose the protection of the turn.
    /// </summary>
    private static void TakeTurn(SafeFileHandle directory)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            if (Libc.FLock(directory, Libc.LockExclusive | Libc.LockNonBlocking) == 0 || Marshal.GetLastPInvokeError() != Errno.EAGAIN)
            {
                return;
            }

            // flock has no wait with a limit; this is the start of a server, and at most a second.
#pragma warning disable RS0030 // Listen is synchronous, and flock has no asynchronous form.
            Thread.Sleep(5);
#pragma warning restore RS0030
        }
    }

    private static string DirectoryOf(TachyonEndPoint endPoint) => Path.GetDirectoryName(endPoint.Path) ?? "/";
}
