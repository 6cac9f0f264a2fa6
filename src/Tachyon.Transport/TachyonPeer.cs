namespace Tachyon.Transport;

/// <summary>Who is at the other end, as the kernel said at the handshake (SO_PEERCRED, unix(7)).</summary>
/// <param name="ProcessId">The peer's process id in this process's PID namespace; 0 when it is not visible from here.</param>
/// <param name="UserId">The peer's effective user id.</param>
/// <param name="GroupId">The peer's effective group id.</param>
public readonly record struct TachyonPeer(int ProcessId, uint UserId, uint GroupId)
{
    /// <summary>A peer of the same user is trusted: it could attach a debugger to this process.</summary>
    internal bool IsOwnUser => UserId == Internal.Interop.Libc.GetEffectiveUserId();
}
