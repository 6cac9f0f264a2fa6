using System.Buffers;
using System.Diagnostics;
using System.Threading.Channels;

namespace Tachyon.Transport.Internal.Capture;

internal enum CapturedKind
{
    /// <summary>The connection begins, or is met by the capture.</summary>
    Begin,

    Bytes,

    /// <summary>FIN.</summary>
    Finish,

    /// <summary>RST.</summary>
    Reset,
}

/// <summary>One event of a direction, from the thread that moves its bytes to the writer of the capture.</summary>
/// <param name="Direction">Whose.</param>
/// <param name="Kind">What.</param>
/// <param name="Position">Bytes of the direction before it.</param>
/// <param name="Length">Bytes that passed.</param>
/// <param name="Kept">Bytes of them in the buffer.</param>
/// <param name="Buffer">Rented; null when there are none.</param>
/// <param name="Timestamp">Of <see cref="Stopwatch"/>.</param>
/// <param name="Dropped">Packets of the capture that were dropped before it.</param>
internal readonly record struct CapturedItem(
    CapturedDirection Direction, CapturedKind Kind, long Position, int Length, int Kept, byte[]? Buffer, long Timestamp, long Dropped);

/// <summary>
/// What was captured and is not written yet. It never makes a thread of the data path wait: what finds no room is dropped, and counted.
/// </summary>
/// <remarks>Thread-safe for adding; one thread at a time takes.</remarks>
internal sealed class CaptureQueue(int payloadLength)
{
    internal const int MaxBytes = 16 * 1024 * 1024;

    // Also for small messages, whose items and buffers are larger than their bytes.
    private const int MaxItems = 32_768;

    private readonly Channel<CapturedItem> _items = Channel.CreateUnbounded<CapturedItem>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = false });

    private long _bytes;
    private int _count;
    private long _dropped;

    /// <summary>Packets that found no room.</summary>
    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>An event without bytes. Never dropped: there are at most three for each connection.</summary>
    internal void Add(CapturedDirection direction, CapturedKind kind, long position)
        => _items.Writer.TryWrite(new CapturedItem(direction, kind, position, 0, 0, null, Stopwatch.GetTimestamp(), Dropped));

    internal void Add(CapturedDirection direction, long position, ReadOnlySpan<byte> bytes)
    {
        var now = Stopwatch.GetTimestamp();
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, TcpPacket.MaxPayload);
            var kept = Math.Min(length, payloadLength);
            if (TryReserve(kept))
            {
                var buffer = kept > 0 ? ArrayPool<byte>.Shared.Rent(kept) : null;
                bytes[..kept].CopyTo(buffer);
                var item = new CapturedItem(direction, CapturedKind.Bytes, position, length, kept, buffer, now, Dropped);
                if (!_items.Writer.TryWrite(item))
                {
                    // The capture has ended.
                    Release(item);
                    return;
                }
            }
            else
            {
                Interlocked.Increment(ref _dropped);
            }

            position += length;
            bytes = bytes[length..];
        }
    }

    /// <summary>Nothing more is added.</summary>
    internal void Complete() => _items.Writer.TryComplete();

    /// <returns>False at the end.</returns>
    internal ValueTask<bool> WaitAsync() => _items.Reader.WaitToReadAsync();

    /// <summary>Takes an item; the caller releases it after use.</summary>
    internal bool TryTake(out CapturedItem item) => _items.Reader.TryRead(out item);

    internal void Release(in CapturedItem item)
    {
        if (item.Kind == CapturedKind.Bytes)
        {
            Interlocked.Add(ref _bytes, -item.Kept);
            Interlocked.Decrement(ref _count);
            if (item.Buffer is { } buffer)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private bool TryReserve(int kept)
    {
        // Both are added before they are compared: two threads that add at once see each other.
        var bytes = Interlocked.Add(ref _bytes, kept);
        var count = Interlocked.Increment(ref _count);
        if (bytes <= MaxBytes && count <= MaxItems)
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -kept);
        Interlocked.Decrement(ref _count);
        return false;
    }
}
