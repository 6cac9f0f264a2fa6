using System.Text;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Notification;

/// <summary>A doorbell between processes of one user: an eventfd, which both sides share.</summary>
/// <remarks>
/// Whether a write to an eventfd blocks is a flag of the open file (O_NONBLOCK, open(2)), which both processes share, as they share the
/// counter: a peer could clear the one and fill the other, and so block every thread of ours that rings. So a ring adds 0 to a counter that
/// is 1 from the start: that makes an event for a process that watches it edge-triggered, and write(2) cannot fill the counter so far that
/// adding 0 blocks.
/// <para>The kernel's own users of an eventfd can (io_submit(2)). A peer of the same user could stop us by a signal as well, so a defence
/// against that has no use here; between users there is <see cref="SocketPairDoorbell"/>.</para>
/// </remarks>
internal sealed unsafe class EventFdDoorbell(SafeFileHandle descriptor) : Doorbell(descriptor)
{
    internal override bool IsBetweenUsers => false;

    internal override bool HasEventWhenWatched => true;

    internal override bool CanPeerBlockDrain => false;

    internal static EventFdDoorbell Create()
    {
        var eventFd = Libc.EventFd(1, Libc.EfdCloexec | Libc.EfdNonblock);
        return eventFd.IsInvalid ? throw Errno.LastError("eventfd", "create the doorbell of a connection") : new EventFdDoorbell(eventFd);
    }

    /// <inheritdoc cref="Doorbell.Validate"/>
    internal static string? Validate(SafeFileHandle descriptor)
    {
        // No system call distinguishes an eventfd from other anonymous inodes, but this link names it (proc(5)).
        const int Capacity = 64;
        var target = stackalloc byte[Capacity];
        var length = Libc.ReadLink($"/proc/self/fd/{descriptor.DangerousGetHandle()}", target, Capacity);
        return length > 0 && Encoding.ASCII.GetString(target, (int)length) == "anon_inode:[eventfd]" ? null : "an eventfd";
    }

    /// <summary>Does nothing: it is watched edge-triggered, so that each write is an event and the counter need not be read.</summary>
    internal override void Drain()
    {
    }

    internal override bool IsNearlyFull() => false;

    private protected override void Signal()
    {
        ulong nothing = 0;
        _ = Libc.Write(Descriptor, &nothing, sizeof(ulong));
    }
}
