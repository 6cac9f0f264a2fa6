using System.Runtime.InteropServices;

namespace Tachyon.Transport.Internal.Interop;

/// <summary><c>struct msghdr</c> of 64-bit Linux (recvmsg(2)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary><c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public void* Base;
    public nuint Length;
}

/// <summary><c>struct cmsghdr</c> of 64-bit Linux (cmsg(3)); the payload follows, aligned to 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlMessageHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}

/// <summary>The part of <c>struct statx</c> (statx(2)) that is read here, at its kernel offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatXBuffer
{
    internal const uint TypeModeInodeSize = 0x1 | 0x2 | 0x100 | 0x200;
    internal const uint TypeModeOwnerInodeSize = TypeModeInodeSize | 0x8;

    [FieldOffset(20)] public uint UserId;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(48)] public ulong Blocks;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;

    private const int TypeMask = 0xF000;

    public readonly bool IsSocket => (Mode & TypeMask) == 0xC000;
    public readonly bool IsRegular => (Mode & TypeMask) == 0x8000;
    public readonly bool IsFifo => (Mode & TypeMask) == 0x1000;

    /// <summary>Identifies a file, whatever its name.</summary>
    public readonly (ulong Inode, uint DeviceMajor, uint DeviceMinor) Identity => (Inode, DeviceMajor, DeviceMinor);

    /// <summary>The mode without the kind of the file.</summary>
    public readonly uint Permissions => (uint)(Mode & ~TypeMask);
}

/// <summary>
/// An array of <c>struct epoll_event</c>. The kernel packs the struct on x86-64 only (epoll_ctl(2)), so its size and the
/// offset of its data depend on the architecture.
/// </summary>
internal static unsafe class EpollEvent
{
    private static readonly bool s_packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static readonly int Size = s_packed ? 12 : 16;
    private static readonly int s_dataOffset = s_packed ? 4 : 8;

    internal static void Set(byte* at, uint events, long data)
    {
        *(uint*)at = events;
        *(long*)(at + s_dataOffset) = data;
    }

    internal static uint Events(byte* at) => *(uint*)at;

    internal static long Data(byte* at) => *(long*)(at + s_dataOffset);
}

/// <summary><c>struct passwd</c> of 64-bit Linux (getpwnam(3)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PasswordEntry
{
    public byte* Name;
    public byte* Password;
    public uint UserId;
    public uint GroupId;
    public byte* Information;
    public byte* Home;
    public byte* Shell;
}

/// <summary><c>struct group</c> of 64-bit Linux (getgrnam(3)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GroupEntry
{
    public byte* Name;
    public byte* Password;
    public uint GroupId;
    public byte** Members;
}

/// <summary><c>sigset_t</c> of glibc and musl, 1,024 bits; signal N is bit N - 1.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct SignalSet
{
    private ulong _first;

    internal static SignalSet Of(int signal) => new() { _first = 1UL << (signal - 1) };

    internal readonly bool Has(int signal) => (_first & (1UL << (signal - 1))) != 0;
}

/// <summary><c>struct rlimit</c> of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Current;
    public ulong Maximum;
}

/// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}
