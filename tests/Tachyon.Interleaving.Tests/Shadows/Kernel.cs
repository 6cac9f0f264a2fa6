using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal.Waiting
{
    /// <summary>
    /// The system calls of the reactor. They are the real ones on real descriptors; but a wait for events is a thread that is blocked in
    /// the explorer for as long as the kernel has none.
    /// </summary>
    internal static unsafe class Libc
    {
        internal const int EpollCloexec = Interop.Libc.EpollCloexec;
        internal const int EpollCtlAdd = Interop.Libc.EpollCtlAdd;
        internal const int EpollCtlDel = Interop.Libc.EpollCtlDel;
        internal const int EpollCtlMod = Interop.Libc.EpollCtlMod;
        internal const uint EpollIn = Interop.Libc.EpollIn;
        internal const uint EpollEdgeTriggered = Interop.Libc.EpollEdgeTriggered;

        internal static SafeFileHandle EpollCreate1(int flags) => Execution.Active.Owns(Interop.Libc.EpollCreate1(flags));

        internal static int EpollCtl(SafeFileHandle epoll, int operation, SafeFileHandle fd, byte* epollEvent)
        {
            Execution.Step(new Step("epoll_ctl", "kernel", nameof(EpollCtl), 0), Access.Write);
            StoreBuffer.Drain();
            return Interop.Libc.EpollCtl(epoll, operation, fd, epollEvent);
        }

        internal static int EpollWait(SafeFileHandle epoll, byte* events, int maxEvents, int timeoutMilliseconds)
        {
            // A worker of the pool gives up as soon as no other thread can go on. The reactor ticks as often as the scenario wants.
            var inPool = timeoutMilliseconds == WaitingWorker.MaxWaitMilliseconds;
            var mayTick = inPool || (timeoutMilliseconds >= 0 && Execution.Active.TicksLeft > 0);
            Execution.BlockUntil(
                new Step("epoll_wait", "kernel", nameof(EpollWait), 0), () => mayTick || Pollable.HasEvents(epoll), isIdle: () => mayTick);
            var count = Interop.Libc.EpollWait(epoll, events, maxEvents, 0);
            if (count == 0 && mayTick && !inPool)
            {
                Execution.Active.Tick(TimeSpan.FromMilliseconds(timeoutMilliseconds));
            }

            // Fetched, and not looked at yet: the registration may go away in between.
            Execution.Step(new Step("fetched", "kernel", nameof(EpollWait), 0), Access.Write);
            return count;
        }
    }

    /// <summary>The reactor's buffer for events, given back with the execution: its loop never ends by itself.</summary>
    internal static unsafe class NativeMemory
    {
        internal static void* AllocZeroed(nuint bytes)
        {
            var memory = System.Runtime.InteropServices.NativeMemory.AllocZeroed(bytes);
            Execution.Active.AtEnd(() => System.Runtime.InteropServices.NativeMemory.Free(memory));
            return memory;
        }
    }

    /// <summary>Asks the kernel whether an event queue has something, without taking it.</summary>
    internal static unsafe partial class Pollable
    {
        private const short In = 1;

        internal static bool HasEvents(SafeFileHandle descriptor)
        {
            var entry = new Entry { Descriptor = (int)descriptor.DangerousGetHandle(), Events = In };
            return Poll(&entry, 1, 0) > 0;
        }

        [LibraryImport("libc", EntryPoint = "poll")]
        private static partial int Poll(Entry* entries, nuint count, int timeoutMilliseconds);

        [StructLayout(LayoutKind.Sequential)]
        private struct Entry
        {
            internal int Descriptor;
            internal short Events;
            internal short Returned;
        }
    }
}

namespace Tachyon.Transport.Internal.Notification
{
    /// <summary>The system calls of doorbells: the real ones on real descriptors, each a step.</summary>
    internal static unsafe class Libc
    {
        internal const int MsgDontWait = Interop.Libc.MsgDontWait;
        internal const int MsgNoSignal = Interop.Libc.MsgNoSignal;
        internal const nuint FionRead = Interop.Libc.FionRead;
        internal const int EfdCloexec = Interop.Libc.EfdCloexec;
        internal const int EfdNonblock = Interop.Libc.EfdNonblock;
        internal const int AfUnix = Interop.Libc.AfUnix;
        internal const int SockStream = Interop.Libc.SockStream;
        internal const int SockCloexec = Interop.Libc.SockCloexec;
        internal const int SolSocket = Interop.Libc.SolSocket;
        internal const int SoDomain = Interop.Libc.SoDomain;
        internal const int ShutdownRead = Interop.Libc.ShutdownRead;
        internal const int OCloexec = Interop.Libc.OCloexec;
        internal const int ONonblock = Interop.Libc.ONonblock;
        internal const int FSetPipeSize = Interop.Libc.FSetPipeSize;
        internal const int AtEmptyPath = Interop.Libc.AtEmptyPath;
        internal const int AtStatxDontSync = Interop.Libc.AtStatxDontSync;

        // Before the threads of an execution begin: no steps.
        internal static SafeFileHandle EventFd(uint initialValue, int flags) => Interop.Libc.EventFd(initialValue, flags);

        internal static int SocketPair(int domain, int type, int protocol, int* fds)
            => Interop.Libc.SocketPair(domain, type, protocol, fds);

        internal static int Pipe2(int* fds, int flags) => Interop.Libc.Pipe2(fds, flags);

        internal static int Shutdown(SafeHandle socket, int how) => Interop.Libc.Shutdown(socket, how);

        internal static int Fcntl(SafeFileHandle fd, int command, nint argument) => Interop.Libc.Fcntl(fd, command, argument);

        internal static int GetSocketOption(SafeHandle socket, int level, int option, void* value, int* length)
            => Interop.Libc.GetSocketOption(socket, level, option, value, length);

        internal static nint ReadLink(string path, byte* buffer, nuint size) => Interop.Libc.ReadLink(path, buffer, size);

        internal static int StatX(SafeFileHandle fd, string path, int flags, uint mask, Interop.StatXBuffer* buffer)
            => Interop.Libc.StatX(fd, path, flags, mask, buffer);

        internal static nint Write(SafeFileHandle fd, void* buffer, nuint count)
        {
            Execution.Step(new Step("ring", "kernel", nameof(Write), 0), Access.Write);
            StoreBuffer.Drain();
            return Interop.Libc.Write(fd, buffer, count);
        }

        internal static nint Send(SafeFileHandle socket, void* buffer, nuint count, int flags)
        {
            Execution.Step(new Step("ring", "kernel", nameof(Send), 0), Access.Write);
            StoreBuffer.Drain();
            return Interop.Libc.Send(socket, buffer, count, flags);
        }

        internal static nint Receive(SafeFileHandle socket, void* buffer, nuint count, int flags)
        {
            Execution.Step(new Step("drain", "kernel", nameof(Receive), 0), Access.Write);
            StoreBuffer.Drain();
            return Interop.Libc.Receive(socket, buffer, count, flags);
        }

        internal static int IoControl(SafeFileHandle fd, nuint request, int* argument)
        {
            Execution.Step(new Step("count", "kernel", nameof(IoControl), 0), Access.Write);
            StoreBuffer.Drain();
            return Interop.Libc.IoControl(fd, request, argument);
        }
    }
}

namespace Tachyon.Transport.Internal.Region
{
    /// <summary>The system calls of the shared region. An unmapped region stays mapped until the execution ends, so that a use of it is
    /// seen.</summary>
    internal static unsafe class Libc
    {
        internal const int ProtRead = Interop.Libc.ProtRead;
        internal const int ProtWrite = Interop.Libc.ProtWrite;
        internal const int MapShared = Interop.Libc.MapShared;
        internal const int MapFixed = Interop.Libc.MapFixed;
        internal const uint MfdCloexec = Interop.Libc.MfdCloexec;
        internal const uint MfdAllowSealing = Interop.Libc.MfdAllowSealing;
        internal const uint MfdNoExecSeal = Interop.Libc.MfdNoExecSeal;
        internal const int SigXFsz = Interop.Libc.SigXFsz;
        internal const int SigBlock = Interop.Libc.SigBlock;
        internal const int SigSetMask = Interop.Libc.SigSetMask;
        internal const int FAddSeals = Interop.Libc.FAddSeals;
        internal const int FGetSeals = Interop.Libc.FGetSeals;
        internal const int SealShrink = Interop.Libc.SealShrink;
        internal const int SealGrow = Interop.Libc.SealGrow;
        internal const int SealSeal = Interop.Libc.SealSeal;
        internal const int SealWrite = Interop.Libc.SealWrite;
        internal const int SealFutureWrite = Interop.Libc.SealFutureWrite;
        internal const int AtEmptyPath = Interop.Libc.AtEmptyPath;
        internal const int MadvRemove = Interop.Libc.MadvRemove;

        internal static int ThreadSignalMask(int how, Interop.SignalSet* set, Interop.SignalSet* old)
            => Interop.Libc.ThreadSignalMask(how, set, old);

        internal static int SignalTimedWait(Interop.SignalSet* set, void* information, Interop.TimeSpec* timeout)
            => Interop.Libc.SignalTimedWait(set, information, timeout);

        internal static SafeFileHandle MemfdCreate(string name, uint flags) => Interop.Libc.MemfdCreate(name, flags);

        internal static int FTruncate(SafeFileHandle fd, long length) => Interop.Libc.FTruncate(fd, length);

        internal static int Fcntl(SafeFileHandle fd, int command, nint argument) => Interop.Libc.Fcntl(fd, command, argument);

        internal static int StatX(SafeFileHandle fd, string path, int flags, uint mask, Interop.StatXBuffer* buffer)
            => Interop.Libc.StatX(fd, path, flags, mask, buffer);

        internal static nint MMap(nint address, nuint length, int protection, int flags, SafeFileHandle fd, long offset)
        {
            var result = Interop.Libc.MMap(address, length, protection, flags, fd, offset);
            if (address == 0)
            {
                // The first, which is as long as all of them.
                Execution.Active.Mapped(result, length);
            }

            return result;
        }

        internal static int MAdvise(nint address, nuint length, int advice) => Interop.Libc.MAdvise(address, length, advice);

        internal static int MUnmap(nint address, nuint length)
        {
            // Not from the finalizer of a region that a scenario left behind: the execution unmaps it itself.
            if (Execution.IsInside)
            {
                Execution.Active.Unmapped(address);
            }

            return 0;
        }
    }
}
