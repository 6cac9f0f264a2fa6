using System.Buffers;

namespace Tachyon.Transport.Internal.Region;

/// <summary>The bytes of one ring as <see cref="Memory{T}"/>: twice its capacity long, so that a slice never wraps.</summary>
/// <remarks>
/// Holds the region by a plain reference: a caller that keeps a slice keeps the region object alive, but not its mapping. The mapping lives
/// until the pipe end that handed the slice out is completed, which is as long as System.IO.Pipelines allows its use.
/// </remarks>
internal sealed unsafe class RingMemory(byte* start, int capacity) : MemoryManager<byte>
{
    private bool _closed;

    internal void Close() => Volatile.Write(ref _closed, true);

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), typeof(RingMemory));
        return new Span<byte>(start, checked(2 * capacity));
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), typeof(RingMemory));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, 2 * (uint)capacity, nameof(elementIndex));
        return new MemoryHandle(start + elementIndex);
    }

    public override void Unpin()
    {
        // Mapped memory does not move.
    }

    protected override void Dispose(bool disposing) => Close();
}
