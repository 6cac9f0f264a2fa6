using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tachyon.Transport.Internal.Interop;

/// <summary>The system calls of the transport, through libc. docs/syscalls.md lists where each is made and why.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    // <sys/mman.h>, <linux/memfd.h>
    internal const int ProtRead = 0x1;
    internal const int ProtWrite = 0x2;
    internal const int MapShared = 0x01;
    internal const int MapPrivate = 0x02;
    internal const int MapFixed = 0x10;
    internal const int MapAnonymous = 0x20;
    internal const int MadvRemove = 9;
    internal const uint MfdCloexec = 0x1;
    internal const uint MfdAllowSealing = 0x2;
    internal const uint MfdNoExecSeal = 0x8;

    // <fcntl.h>
    internal const int FSetFd = 2;
    internal const int FdCloexec = 1;
    internal const int FDupFdCloexec = 1030;
    internal const int FAddSeals = 1033;
    internal const int FGetSeals = 1034;
    internal const int FSetPipeSize = 1031;
    internal const int SealSeal = 0x1;
    internal const int SealShrink = 0x2;
    internal const int SealGrow = 0x4;
    internal const int SealWrite = 0x8;
    internal const int SealFutureWrite = 0x10;
    internal const int OCloexec = 0x80000;
    internal const int ONonblock = 0x800;

    // Both differ by architecture (<asm/fcntl.h>): arm64 has its own numbers for these, and for no other flag here.
    internal static readonly int ODirectory = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    internal static readonly int ONoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;
    internal const int OPath = 0x200000;
    internal const int AtFdCwd = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const int AtEmptyPath = 0x1000;
    internal const int AtStatxDontSync = 0x4000;

    // <sys/eventfd.h>, <sys/epoll.h>
    internal const int EfdCloexec = 0x80000;
    internal const int EfdNonblock = 0x800;
    internal const int EpollCloexec = 0x80000;
    internal const int EpollCtlAdd = 1;
    internal const int EpollCtlDel = 2;
    internal const int EpollCtlMod = 3;
    internal const uint EpollIn = 0x001;
    internal const uint EpollErr = 0x008;
    internal const uint EpollHup = 0x010;
    internal const uint EpollOneShot = 1u << 30;
    internal const uint EpollEdgeTriggered = 1u << 31;

    // <sys/socket.h>
    internal const int AfUnix = 1;
    internal const int SockStream = 1;
    internal const int SockCloexec = 0x80000;
    internal const int SolSocket = 1;
    internal const int SoPeerCred = 17;
    internal const int SoAcceptConn = 30;
    internal const int SoDomain = 39;
    internal const int SoPeerGroups = 59;
    internal const int SoPassRights = 83;
    internal const int ScmRights = 1;
    internal const int ShutdownRead = 0;
    internal const int MsgPeek = 0x02;
    internal const int MsgCtrunc = 0x08;
    internal const int MsgDontWait = 0x40;
    internal const int MsgNoSignal = 0x4000;
    internal const int MsgCmsgCloexec = 0x40000000;

    // <sys/resource.h>, <asm/ioctls.h>; the same numbers on every architecture that .NET runs on
    internal const int LimitOfOpenFiles = 7;
    internal const nuint FionRead = 0x541B;
    internal const nuint SiocOutQ = 0x5411;

    // <sys/file.h>
    internal const int LockExclusive = 2;
    internal const int LockNonBlocking = 4;
    internal const int LockUnlock = 8;

    // <bits/signum-generic.h>, the same number on every architecture that .NET runs on
    internal const int SigXFsz = 25;
    internal const int SigBlock = 0;
    internal const int SigSetMask = 2;

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle MemfdCreate(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int FTruncate(SafeFileHandle fd, long length);

    /// <remarks>Returns the error instead of setting errno.</remarks>
    [LibraryImport(Library, EntryPoint = "pthread_sigmask")]
    internal static partial int ThreadSignalMask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport(Library, EntryPoint = "sigtimedwait", SetLastError = true)]
    internal static partial int SignalTimedWait(SignalSet* set, void* information, TimeSpec* timeout);

    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    internal static partial int GetResourceLimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int IoControl(SafeHandle fd, nuint request, int* argument);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Fcntl(SafeFileHandle fd, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MMapAnonymous(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MMap(nint address, nuint length, int protection, int flags, SafeFileHandle fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int MUnmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    internal static partial int MAdvise(nint address, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial SafeFileHandle EventFd(uint initialValue, int flags);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int Pipe2(int* fds, int flags);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial SafeFileHandle EpollCreate1(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollCtl(SafeFileHandle epoll, int operation, SafeHandle fd, byte* epollEvent);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(SafeFileHandle epoll, byte* events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int domain, int type, int protocol, int* fds);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetSocketOption(SafeHandle socket, int level, int option, void* value, int* length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSocketOption(SafeHandle socket, int level, int option, void* value, int length);

    [LibraryImport(Library, EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(SafeHandle socket, int how);

    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetSocketName(SafeFileHandle socket, byte* address, int* addressLength);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeFileHandle socket, void* buffer, nuint count, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(SafeHandle socket, void* buffer, nuint count, int flags);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(SafeHandle socket, byte* address, int addressLength);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(SafeHandle socket, int backlog);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(SafeHandle socket, byte* address, int addressLength);

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "recvmsg", SetLastError = true)]
    internal static partial nint RecvMsg(SafeHandle socket, MessageHeader* message, int flags);

    /// <summary>Follows links: only for the links of /proc/self/fd, which lead to the file of the descriptor.</summary>
    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeMode(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    internal static partial int ChangeMode(SafeHandle fd, uint mode);

    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeOwner(SafeFileHandle fd, string path, uint owner, uint group, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unlink(SafeFileHandle directory, string name, int flags);

    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Rename(SafeFileHandle directory, string name, SafeFileHandle newDirectory, string newName);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle Open(SafeFileHandle directory, string name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    internal static partial int FLock(SafeFileHandle fd, int operation);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatX(int directory, string path, int flags, uint mask, StatXBuffer* buffer);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatX(SafeFileHandle fd, string path, int flags, uint mask, StatXBuffer* buffer);

    [LibraryImport(Library, EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ReadLink(string path, byte* buffer, nuint size);

    // These three return the error instead of setting errno.
    [LibraryImport(Library, EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetUserByName(string name, PasswordEntry* entry, byte* buffer, nuint size, PasswordEntry** result);

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    internal static partial int GetUserById(uint id, PasswordEntry* entry, byte* buffer, nuint size, PasswordEntry** result);

    [LibraryImport(Library, EntryPoint = "getgrgid_r")]
    internal static partial int GetGroupById(uint id, GroupEntry* entry, byte* buffer, nuint size, GroupEntry** result);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport(Library, EntryPoint = "getpid")]
    internal static partial int GetProcessId();
}
