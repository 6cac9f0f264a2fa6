using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Tachyon.Transport.Internal.Capture;

/// <summary>Makes the blocks of a pcapng file (draft-ietf-opsawg-pcapng), little endian, with one interface of raw IP packets.</summary>
internal sealed class PcapngWriter
{
    internal const uint InterfaceStatistics = 5;
    internal const uint EnhancedPacket = 6;

    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint InterfaceDescription = 1;
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const ushort LinkTypeRaw = 101;

    private const ushort OptionComment = 1;
    private const ushort OptionOs = 3;
    private const ushort OptionApplication = 4;
    private const ushort OptionInterfaceName = 2;
    private const ushort OptionResolution = 9;
    private const ushort OptionPacketFlags = 2;
    private const ushort OptionDropCount = 4;
    private const ushort OptionReceived = 4;
    private const ushort OptionDropped = 5;

    // Type, length, interface and time come before the options of the statistics, which are two numbers.
    private const int StatisticsOptions = 20;
    private const int OptionSize = 12;

    private readonly ArrayBufferWriter<byte> _out = new();

    // A capture is compared with logs, so it has the time of the day: read once; from then on the clock is one that does not jump.
#pragma warning disable RS0030
    private readonly long _wall = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
#pragma warning restore RS0030
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _lastTime;

    /// <summary>The blocks since <see cref="Clear"/>.</summary>
    internal ReadOnlyMemory<byte> Blocks => _out.WrittenMemory;

    internal void Clear() => _out.ResetWrittenCount();

    internal void WriteHeader(int snapLength, string comment)
    {
        var block = Begin(SectionHeader);
        Append(ByteOrderMagic);
        Append((ushort)1);
        Append((ushort)0);
        Append(ulong.MaxValue);
        AppendOption(OptionOs, Encoding.UTF8.GetBytes(Environment.OSVersion.VersionString));
        AppendOption(OptionApplication, Encoding.UTF8.GetBytes($"Tachyon {typeof(PcapngWriter).Assembly.GetName().Version?.ToString(3)}"));
        AppendOption(OptionComment, Encoding.UTF8.GetBytes(comment));
        AppendEndOfOptions();
        End(block);

        block = Begin(InterfaceDescription);
        Append(LinkTypeRaw);
        Append((ushort)0);
        Append((uint)snapLength);
        AppendOption(OptionInterfaceName, "tachyon"u8);
        AppendOption(OptionResolution, [9]);
        AppendEndOfOptions();
        End(block);
    }

    /// <param name="headers">Of IP and TCP.</param>
    /// <param name="payload">What is kept of the segment.</param>
    /// <param name="length">Bytes of the whole packet.</param>
    /// <param name="timestamp">Of <see cref="Stopwatch"/>.</param>
    /// <param name="isSent">Whether the captured process sent it.</param>
    /// <param name="dropped">Packets that were dropped before it.</param>
    /// <param name="comment">For people; null for none.</param>
    internal void WritePacket(
        ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, int length, long timestamp, bool isSent, long dropped, string? comment)
    {
        var block = Begin(EnhancedPacket);
        Append(0u);
        AppendTime(timestamp);
        Append((uint)(headers.Length + payload.Length));
        Append((uint)length);
        _out.Write(headers);
        _out.Write(payload);
        Pad(headers.Length + payload.Length);
        if (comment is not null)
        {
            AppendOption(OptionComment, Encoding.UTF8.GetBytes(comment));
        }

        // Inbound is 1, outbound 2.
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, isSent ? 2u : 1u);
        AppendOption(OptionPacketFlags, number[..sizeof(uint)]);
        if (dropped > 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, dropped);
            AppendOption(OptionDropCount, number);
        }

        AppendEndOfOptions();
        End(block);
    }

    internal void WriteStatistics(long received, long dropped)
    {
        var block = Begin(InterfaceStatistics);
        Append(0u);
        AppendTime(Stopwatch.GetTimestamp());
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(number, received);
        AppendOption(OptionReceived, number);
        BinaryPrimitives.WriteInt64LittleEndian(number, dropped);
        AppendOption(OptionDropped, number);
        AppendEndOfOptions();
        End(block);
    }

    /// <summary>The dropped packets in a block that <see cref="WriteStatistics"/> wrote.</summary>
    internal static long ReadDropped(ReadOnlySpan<byte> block)
        => BinaryPrimitives.ReadInt64LittleEndian(block[(StatisticsOptions + OptionSize + sizeof(uint))..]);

    // Stopwatch counts nanoseconds on Linux. Threads that added at once may have their items in the other order.
    private void AppendTime(long timestamp)
    {
        _lastTime = Math.Max(_lastTime, _wall + (timestamp - _start));
        Append((uint)(_lastTime >> 32));
        Append((uint)_lastTime);
    }

    private int Begin(uint type)
    {
        var start = _out.WrittenCount;
        Append(type);
        Append(0u);
        return start;
    }

    /// <summary>A block has its length at both ends.</summary>
    private void End(int start)
    {
        var length = (uint)(_out.WrittenCount - start + sizeof(uint));
        Append(length);
        var written = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_out.WrittenMemory);
        BinaryPrimitives.WriteUInt32LittleEndian(written.Span[(start + sizeof(uint))..], length);
    }

    private void AppendOption(ushort code, ReadOnlySpan<byte> value)
    {
        value = value[..Math.Min(value.Length, ushort.MaxValue)];
        Append(code);
        Append((ushort)value.Length);
        _out.Write(value);
        Pad(value.Length);
    }

    private void AppendEndOfOptions() => Append(0u);

    private void Pad(int length)
    {
        ReadOnlySpan<byte> zeros = [0, 0, 0];
        _out.Write(zeros[..(-length & 3)]);
    }

    private void Append(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_out.GetSpan(sizeof(ushort)), value);
        _out.Advance(sizeof(ushort));
    }

    private void Append(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_out.GetSpan(sizeof(uint)), value);
        _out.Advance(sizeof(uint));
    }

    private void Append(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_out.GetSpan(sizeof(ulong)), value);
        _out.Advance(sizeof(ulong));
    }
}
