using System.Buffers.Binary;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Tool.Commands.Top;

/// <summary>The words of a region's header. Both peers can write all of them, so each is a claim; see docs/protocol.md.</summary>
/// <remarks>A blank one is that of memory which a server has prepared for its next client.</remarks>
internal sealed record HeaderPage(
    bool IsBlank,
    bool IsIdentified,
    int ServerProcessId,
    int ClientProcessId,
    uint ApplicationFeatures,
    RingWords Ring0,
    RingWords Ring1,
    SideWords Server,
    SideWords Client)
{
    internal static HeaderPage Parse(ReadOnlySpan<byte> page)
    {
        var identified = Int32(page, RegionLayout.MagicOffset) == (int)RegionLayout.Magic
            && Int32(page, RegionLayout.VersionOffset) == (int)RegionLayout.Version;
        return new HeaderPage(
            !page.ContainsAnyExcept((byte)0),
            identified,
            Int32(page, RegionLayout.ServerProcessIdOffset),
            Int32(page, RegionLayout.ClientProcessIdOffset),
            (uint)Int32(page, RegionLayout.ApplicationFeaturesOffset),
            Ring(page[RegionLayout.ControlBlock0..]),
            Ring(page[RegionLayout.ControlBlock1..]),
            Side(page[RegionLayout.ServerStatistics..]),
            Side(page[RegionLayout.ClientStatistics..]));
    }

    private static RingWords Ring(ReadOnlySpan<byte> block)
        => new(
            UInt64(block, RegionLayout.Tail),
            UInt64(block, RegionLayout.Head),
            (uint)Int32(block, RegionLayout.ProducerState),
            (uint)Int32(block, RegionLayout.ConsumerState));

    private static SideWords Side(ReadOnlySpan<byte> line)
    {
        var mode = Int32(line, RegionLayout.StatisticsMode) - 1;
        return new SideWords(
            mode is >= (int)TachyonWaitMode.Adaptive and <= (int)TachyonWaitMode.Spin ? (TachyonWaitMode)mode : null,
            Int32(line, RegionLayout.StatisticsProcessId),
            UInt64(line, RegionLayout.StatisticsParks),
            UInt64(line, RegionLayout.StatisticsWakeUpsSent),
            UInt64(line, RegionLayout.StatisticsWakeUpsReceived),
            UInt64(line, RegionLayout.StatisticsStarted));
    }

    private static int Int32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}

/// <summary>The positions and states of a ring.</summary>
internal readonly record struct RingWords(ulong Tail, ulong Head, uint ProducerState, uint ConsumerState)
{
    /// <summary>
    /// Bytes in the ring; null when the words can't be those of a ring of this capacity. They are read one after the other while both
    /// sides go on: a head that is ahead of the tail was read later, and then the ring was empty or nearly so.
    /// </summary>
    internal long? Used(int capacity)
        => unchecked((long)(Tail - Head)) switch
        {
            var used when used >= 0 && used <= capacity => used,
            var used when used < 0 && used >= -(long)capacity => 0,
            _ => null,
        };
}

/// <summary>The statistics line of one side. No mode: this side keeps no statistics, or a process has overwritten them.</summary>
internal readonly record struct SideWords(
    TachyonWaitMode? Mode, int OwnProcessId, ulong Parks, ulong WakeUpsSent, ulong WakeUpsReceived, ulong Started);
