using System.Diagnostics;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Region;

/// <summary>
/// One mapped shared region, see <see cref="RegionLayout"/>. Reference-counted: each half of a connection, and each thread
/// that works on it, holds a reference; the last one unmaps. The finalizer is the last resort for a connection that was not disposed.
/// </summary>
internal sealed unsafe class SharedRegion : CriticalFinalizerObject
{
    private readonly nint _address;
    private readonly nuint _length;
    private int _references = 1;

    private SharedRegion(nint address, nuint length, int capacity0, int capacity1)
    {
        _address = address;
        _length = length;
        Capacity0 = capacity0;
        Capacity1 = capacity1;
    }

    ~SharedRegion() => UnmapMemory();

    /// <summary>Bytes of ring 0 (client to server). From the handshake; never read back from shared memory.</summary>
    internal int Capacity0 { get; }

    /// <summary>Bytes of ring 1 (server to client).</summary>
    internal int Capacity1 { get; }

    internal byte* Header => (byte*)_address;

    internal byte* Ring0 => Header + RegionLayout.HeaderSize;

    internal byte* Ring1 => Ring0 + (2L * Capacity0);

    /// <summary>Makes a sealed memfd of the size for two rings. Nothing is populated: pages come as they are touched.</summary>
    /// <param name="capacity0">Bytes of ring 0.</param>
    /// <param name="capacity1">Bytes of ring 1.</param>
    /// <param name="path">Where the server listens: a part of the memfd's name, by which tools find the socket of a connection.</param>
    internal static SafeFileHandle CreateMemory(int capacity0, int capacity1, string? path = null)
    {
        // At most 249 bytes (memfd_create(2)); the path of a socket has at most 107.
        var name = path is null ? RegionLayout.MemoryName : $"{RegionLayout.MemoryName}:{path}";

        // Never run as a program: some systems require this flag (sysctl vm.memfd_noexec). Linux 6.3; EINVAL before.
        var memory = Libc.MemfdCreate(name, Libc.MfdCloexec | Libc.MfdAllowSealing | Libc.MfdNoExecSeal);
        if (memory.IsInvalid && Marshal.GetLastPInvokeError() == Errno.EINVAL)
        {
            memory = Libc.MemfdCreate(name, Libc.MfdCloexec | Libc.MfdAllowSealing);
        }

        if (memory.IsInvalid)
        {
            throw Errno.LastError("memfd_create", "create the shared memory of a connection");
        }

        var size = RegionLayout.FileSize(capacity0, capacity1);
        var resized = FileSizeLimit.SetSize(memory, size);
        if (resized != 0)
        {
            memory.Dispose();
            throw Errno.ToException(resized, "ftruncate", $"set the size of the shared memory of a connection to {size} bytes");
        }

        // Without these seals either peer could shrink the file and kill the other with SIGBUS at its next access.
        if (Libc.Fcntl(memory, Libc.FAddSeals, RequiredSeals) != 0)
        {
            var error = Errno.LastError("fcntl(F_ADD_SEALS)", "seal the shared memory of a connection");
            memory.Dispose();
            throw error;
        }

        return memory;
    }

    internal const int RequiredSeals = Libc.SealShrink | Libc.SealGrow | Libc.SealSeal;

    /// <summary>Returns why <paramref name="memory"/>, received from a peer, cannot be mapped safely; null when it can.</summary>
    internal static string? Validate(SafeFileHandle memory, int capacity0, int capacity1)
    {
        // F_GET_SEALS fails with EINVAL on anything that is not memory of this kind (fcntl(2)).
        var seals = Libc.Fcntl(memory, Libc.FGetSeals, 0);
        if (seals < 0)
        {
            return "the first descriptor is not a memfd";
        }

        if ((seals & RequiredSeals) != RequiredSeals || (seals & (Libc.SealWrite | Libc.SealFutureWrite)) != 0)
        {
            return $"the memfd has seals 0x{seals:x}, but SHRINK, GROW and SEAL must be set, WRITE and FUTURE_WRITE must not";
        }

        StatXBuffer stat;
        if (Libc.StatX(memory, "", Libc.AtEmptyPath, StatXBuffer.TypeModeInodeSize, &stat) != 0 || !stat.IsRegular)
        {
            return "the first descriptor is not a memfd";
        }

        var expected = RegionLayout.FileSize(capacity0, capacity1);
        return (long)stat.Size == expected ? null : $"the memfd has {stat.Size} bytes instead of {expected}";
    }

    /// <summary>Maps the region. The descriptor may be closed afterwards.</summary>
    internal static SharedRegion Map(SafeFileHandle memory, int capacity0, int capacity1)
    {
        nuint header = RegionLayout.HeaderSize;
        var length = header + (2 * (nuint)capacity0) + (2 * (nuint)capacity1);

        // The first mapping is as long as all three: it reserves the range, so that no other mapping can come in between. The others
        // replace its rest, which is partly beyond the end of the file.
        var address = Libc.MMap(0, length, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, memory, 0);
        if (address == -1)
        {
            throw Errno.LastError("mmap", "map the rings of a connection");
        }

        var at = address + (nint)header + capacity0;
        var mapped =
            MapPart(memory, ref at, (long)header, (nuint)capacity0 + (nuint)capacity1) &&
            MapPart(memory, ref at, (long)header + capacity0, (nuint)capacity1);
        if (!mapped)
        {
            var error = Errno.LastError("mmap", "map the rings of a connection");
            _ = Libc.MUnmap(address, length);
            throw error;
        }

        return new SharedRegion(address, length, capacity0, capacity1);
    }

    /// <summary>Writes the identity line, for tools.</summary>
    internal void Identify(int serverProcessId, int clientProcessId, uint applicationFeatures)
    {
        *(uint*)(Header + RegionLayout.VersionOffset) = RegionLayout.Version;
        *(ulong*)(Header + RegionLayout.Capacity0Offset) = (ulong)Capacity0;
        *(ulong*)(Header + RegionLayout.Capacity1Offset) = (ulong)Capacity1;
        *(int*)(Header + RegionLayout.ServerProcessIdOffset) = serverProcessId;
        *(int*)(Header + RegionLayout.ClientProcessIdOffset) = clientProcessId;
        *(uint*)(Header + RegionLayout.ApplicationFeaturesOffset) = applicationFeatures;

        // Release: a tool that sees the magic sees the rest.
        Volatile.Write(ref *(uint*)(Header + RegionLayout.MagicOffset), RegionLayout.Magic);
    }

    /// <summary>The number under which the server keeps the memory; 0 when it does not.</summary>
    internal ulong ReuseNumber
    {
        get => Volatile.Read(ref *(ulong*)(Header + RegionLayout.ReuseNumber));
        set => Volatile.Write(ref *(ulong*)(Header + RegionLayout.ReuseNumber), value);
    }

    /// <summary>Whether the client has ended its use of the memory. Acquire, partner of <see cref="ReleaseByClient"/>.</summary>
    internal bool IsReleasedByClient => Volatile.Read(ref *(uint*)(Header + RegionLayout.ReuseReleased)) != 0;

    /// <summary>The last that a client writes; what it wrote before is there.</summary>
    /// <returns>Whether the server waits for it, so that its doorbell must ring.</returns>
    internal bool ReleaseByClient()
    {
        Volatile.Write(ref *(uint*)(Header + RegionLayout.ReuseReleased), 1);

        // Full fence, partner of AwaitRelease: either this sees that the server waits, or the server sees the word.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *(uint*)(Header + RegionLayout.ReuseAwaited)) != 0;
    }

    /// <summary>From now on a client that releases the memory rings the server's doorbell. The server checks the word after this.</summary>
    internal void AwaitRelease()
    {
        Volatile.Write(ref *(uint*)(Header + RegionLayout.ReuseAwaited), 1);

        // Full fence, partner of ReleaseByClient.
        Interlocked.MemoryBarrier();
    }

    /// <summary>
    /// All words of the header as in new memory: no connection has them any more. What was in the rings stays, out of reach.
    /// </summary>
    internal void ClearHeader() => new Span<byte>(Header, RegionLayout.LinesEnd).Clear();

    /// <summary>The same mappings for another connection, with one reference. After the last reference to this was released.</summary>
    internal SharedRegion Reuse()
    {
        Debug.Assert(!IsReferenced, "The last connection has ended its use.");
#pragma warning disable CA1816 // The new object has the mappings now.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
        return new SharedRegion(_address, _length, Capacity0, Capacity1);
    }

    /// <summary>Takes a reference, unless the region is gone already.</summary>
    internal bool TryAddReference()
    {
        var count = Volatile.Read(ref _references);
        while (count > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    /// <summary>Called in place of <see cref="Unmap"/> when the last reference is released. The callee unmaps.</summary>
    internal Action? Unused { get; set; }

    /// <summary>For assertions: a plain read.</summary>
    internal bool IsReferenced => _references > 0;

    internal void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        Debug.Assert(left >= 0, "Each reference is released once.");
        if (left != 0)
        {
            return;
        }

        if (Unused is { } unused)
        {
            unused();
        }
        else
        {
            Unmap();
        }
    }

    /// <summary>
    /// Frees the pages of the whole file, whichever process keeps it. Called after the last reference is released and before the region is
    /// unmapped. Waits for the lock of the inode, which a process that has the memfd can hold.
    /// </summary>
    internal void RemovePages()
    {
        // The header and ring 0 in the first mapping, ring 1 in the second. A failure leaves the pages until the last process has closed
        // the file.
        _ = Libc.MAdvise(_address, RegionLayout.HeaderSize + (nuint)Capacity0, Libc.MadvRemove);
        _ = Libc.MAdvise((nint)Ring1, (nuint)Capacity1, Libc.MadvRemove);
    }

    internal void Unmap()
    {
        UnmapMemory();
#pragma warning disable CA1816 // Counted instead of disposed.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }

    private void UnmapMemory() => _ = Libc.MUnmap(_address, _length);

    private static bool MapPart(SafeFileHandle memory, ref nint at, long offset, nuint length)
    {
        var result = Libc.MMap(at, length, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapFixed, memory, offset);
        at += (nint)length;
        return result != -1;
    }
}
