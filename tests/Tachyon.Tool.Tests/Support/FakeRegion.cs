using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Tool.Tests.Support;

/// <summary>Memory of this process that looks like that of a connection, with whatever a hostile peer writes into it.</summary>
internal sealed unsafe class FakeRegion : IDisposable
{
    private const int Capacity = RegionLayout.MinCapacity;

    private readonly List<(nint Address, nuint Length)> _mappings = [];

    private FakeRegion(SafeFileHandle memory)
    {
        foreach ((var offset, var length)
            in ((long, int)[])[(0, RegionLayout.HeaderSize + Capacity), (RegionLayout.HeaderSize, 2 * Capacity)])
        {
            var address = Libc.MMap(0, (nuint)length, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, memory, offset);
            Assert.NotEqual(-1, address);
            _mappings.Add((address, (nuint)length));
        }

        StatXBuffer stat;
        Assert.Equal(0, Libc.StatX(memory, "", Libc.AtEmptyPath, StatXBuffer.TypeModeInodeSize, &stat));
        Inode = stat.Inode;
    }

    internal ulong Inode { get; }

    internal Span<byte> Header => new((void*)_mappings[0].Address, 4096);

    internal static FakeRegion Create()
    {
        using var memory = SharedRegion.CreateMemory(Capacity, Capacity);
        return new FakeRegion(memory);
    }

    /// <summary>Mapped, but without a single byte: a process that touches it gets SIGBUS.</summary>
    internal static FakeRegion WithoutBytes()
    {
        using var memory = Libc.MemfdCreate("tachyon", Libc.MfdCloexec);
        return new FakeRegion(memory);
    }

    internal static FakeRegion Of(FileStream file)
    {
        file.SetLength(RegionLayout.FileSize(Capacity, Capacity));
        return new FakeRegion(file.SafeFileHandle);
    }

    public void Dispose() => _mappings.ForEach(static mapping => Assert.Equal(0, Libc.MUnmap(mapping.Address, mapping.Length)));
}
