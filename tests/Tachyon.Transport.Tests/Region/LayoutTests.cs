using System.Diagnostics;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Tests.Region;

/// <summary>
/// Pins the shared memory as another build, or another language, sees it. The numbers are literal on purpose: a change of one
/// changes the protocol, and must bump its version.
/// </summary>
public sealed class LayoutTests
{
    [Fact]
    public void Constants_are_those_of_version_1()
    {
        Assert.Equal(1u, RegionLayout.Version);
        Assert.Equal(0x48434154u, RegionLayout.Magic);
        Assert.Equal(128, RegionLayout.Line);
        Assert.Equal(65_536, RegionLayout.HeaderSize);
        Assert.Equal(65_536, RegionLayout.MinCapacity);
        Assert.Equal(268_435_456, RegionLayout.MaxCapacity);
    }

    [Fact]
    public void Identity_line_has_its_offsets()
    {
        Assert.Equal(0, RegionLayout.MagicOffset);
        Assert.Equal(4, RegionLayout.VersionOffset);
        Assert.Equal(8, RegionLayout.Capacity0Offset);
        Assert.Equal(16, RegionLayout.Capacity1Offset);
        Assert.Equal(24, RegionLayout.ServerProcessIdOffset);
        Assert.Equal(28, RegionLayout.ClientProcessIdOffset);
        Assert.Equal(32, RegionLayout.ApplicationFeaturesOffset);
    }

    [Fact]
    public void Control_blocks_have_their_offsets()
    {
        Assert.Equal(0x100, RegionLayout.ControlBlock0);
        Assert.Equal(0x400, RegionLayout.ControlBlock1);
        Assert.Equal(0x300, RegionLayout.ControlBlockSize);
        Assert.Equal(0x000, RegionLayout.Tail);
        Assert.Equal(0x080, RegionLayout.ProducerState);
        Assert.Equal(0x100, RegionLayout.SpaceWanted);
        Assert.Equal(0x180, RegionLayout.Head);
        Assert.Equal(0x200, RegionLayout.ConsumerState);
        Assert.Equal(0x280, RegionLayout.DataWanted);
    }

    [Fact]
    public void Statistics_lines_have_their_offsets()
    {
        Assert.Equal(0x080, RegionLayout.ReuseNumber);
        Assert.Equal(0x088, RegionLayout.ReuseReleased);
        Assert.Equal(0x08C, RegionLayout.ReuseAwaited);
        Assert.Equal(0x800, RegionLayout.LinesEnd);
        Assert.Equal(0x700, RegionLayout.ClientStatistics);
        Assert.Equal(0x780, RegionLayout.ServerStatistics);
        Assert.Equal(0x00, RegionLayout.StatisticsMode);
        Assert.Equal(0x04, RegionLayout.StatisticsProcessId);
        Assert.Equal(0x08, RegionLayout.StatisticsParks);
        Assert.Equal(0x10, RegionLayout.StatisticsWakeUpsSent);
        Assert.Equal(0x18, RegionLayout.StatisticsWakeUpsReceived);
        Assert.Equal(0x20, RegionLayout.StatisticsStarted);
        Assert.Equal(1_000_000_000, Stopwatch.Frequency);
    }

    [Fact]
    public void States_have_their_values()
    {
        Assert.Equal(0u, ProducerStates.Open);
        Assert.Equal(1u, ProducerStates.Finished);
        Assert.Equal(2u, ProducerStates.Reset);
        Assert.Equal(0u, ConsumerStates.Open);
        Assert.Equal(1u, ConsumerStates.Closed);
    }

    [Theory]
    [InlineData(65_536, 65_536, 196_608)]
    [InlineData(1_048_576, 65_536, 1_179_648)]
    [InlineData(268_435_456, 268_435_456, 536_936_448)]
    public void File_holds_the_header_and_each_ring_once(int capacity0, int capacity1, long size)
        => Assert.Equal(size, RegionLayout.FileSize(capacity0, capacity1));

    [Theory]
    [InlineData(65_536, true)]
    [InlineData(1_048_576, true)]
    [InlineData(268_435_456, true)]
    [InlineData(0, false)]
    [InlineData(-65_536, false)]
    [InlineData(32_768, false)]
    [InlineData(65_537, false)]
    [InlineData(98_304, false)]
    [InlineData(536_870_912, false)]
    [InlineData(long.MinValue, false)]
    [InlineData(4_294_967_296, false)]
    public void Capacities_are_powers_of_two_in_range(long capacity, bool valid)
        => Assert.Equal(valid, RegionLayout.IsValidCapacity(capacity));

    [Fact]
    public unsafe void Words_have_their_widths_and_places()
    {
        // Every word loses all its bits; the bytes beside them must keep theirs.
        var block = new byte[0x300];
        Array.Fill(block, (byte)0xFF);
        fixed (byte* bytes = block)
        {
            var control = new RingControl(bytes);
            control.PublishTailRelease(0);
            control.PublishProducerStateRelease(0);
            control.DisarmSpaceWanted();
            control.PublishHeadRelease(0);
            control.PublishConsumerStateRelease(0);
            control.DisarmDataWanted();
        }

        var expected = new byte[0x300];
        Array.Fill(expected, (byte)0xFF);
        (int Offset, int Width)[] words = [(0x000, 8), (0x080, 4), (0x100, 8), (0x180, 8), (0x200, 4), (0x280, 4)];
        foreach ((var offset, var width) in words)
        {
            expected.AsSpan(offset, width).Clear();
        }

        Assert.Equal(expected, block);
    }

    [Fact]
    public unsafe void Words_are_read_where_they_are_written()
    {
        var block = new byte[0x300];
        fixed (byte* bytes = block)
        {
            var control = new RingControl(bytes);
            control.PublishTailRelease(ulong.MaxValue - 1);
            control.PublishProducerStateRelease(uint.MaxValue - 2);
            control.ArmSpaceWanted(ulong.MaxValue - 3);
            control.PublishHeadRelease(ulong.MaxValue - 4);
            control.PublishConsumerStateRelease(uint.MaxValue - 5);
            control.ArmDataWanted();

            Assert.Equal(ulong.MaxValue - 1, control.ReadTailAcquire());
            Assert.Equal(uint.MaxValue - 2, control.ReadProducerStateAcquire());
            Assert.Equal(ulong.MaxValue - 3, control.ReadSpaceWantedAfterFence());
            Assert.Equal(ulong.MaxValue - 4, control.ReadHeadAcquire());
            Assert.Equal(uint.MaxValue - 5, control.ReadConsumerStateAcquire());
            Assert.True(control.TryTakeDataWanted());
            Assert.False(control.TryTakeDataWanted());
            Assert.True(control.TryTakeSpaceWanted());
            Assert.Equal(0ul, control.ReadSpaceWantedAfterFence());
        }
    }

    [Fact]
    public unsafe void Identity_line_has_its_bytes()
    {
        using var memory = SharedRegion.CreateMemory(65_536, 131_072);
        var region = SharedRegion.Map(memory, 65_536, 131_072);
        region.Identify(serverProcessId: 0x01020304, clientProcessId: 0x0A0B0C0D, applicationFeatures: 0x51525354);
        var line = new ReadOnlySpan<byte>(region.Header, 128).ToArray();
        region.Release();

        var expected = new byte[128];
        byte[] start =
        [
            (byte)'T', (byte)'A', (byte)'C', (byte)'H', 1, 0, 0, 0,
            0, 0, 1, 0, 0, 0, 0, 0,
            0, 0, 2, 0, 0, 0, 0, 0,
            4, 3, 2, 1, 0x0D, 0x0C, 0x0B, 0x0A,
            0x54, 0x53, 0x52, 0x51,
        ];
        start.CopyTo(expected, 0);
        Assert.Equal(expected, line);
    }

    [Fact]
    public unsafe void Statistics_line_has_its_bytes()
    {
        var line = new byte[128];
        fixed (byte* bytes = line)
        {
            var statistics = new StatisticsLine(bytes);
            statistics.Identify(TachyonWaitMode.Spin, processId: 0x01020304, started: 0x2122232425262728);
            statistics.SetParks(0x05060708);
            statistics.SetWakeUpsSent(0x1112131415161718);
            statistics.SetWakeUpsReceived(-2);
        }

        var expected = new byte[128];
        byte[] start =
        [
            3, 0, 0, 0, 4, 3, 2, 1,
            8, 7, 6, 5, 0, 0, 0, 0,
            0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
            0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
        ];
        start.CopyTo(expected, 0);
        Assert.Equal(expected, line);
    }

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive, 1u)]
    [InlineData(TachyonWaitMode.Park, 2u)]
    [InlineData(TachyonWaitMode.Spin, 3u)]
    public unsafe void Modes_have_their_values(TachyonWaitMode mode, uint expected)
    {
        var line = new byte[128];
        fixed (byte* bytes = line)
        {
            new StatisticsLine(bytes).Identify(mode, processId: 1, started: 1);
        }

        Assert.Equal(expected, BitConverter.ToUInt32(line));
    }

    [Fact]
    public unsafe void Each_ring_is_mapped_twice_back_to_back()
    {
        using var memory = SharedRegion.CreateMemory(65_536, 131_072);
        var region = SharedRegion.Map(memory, 65_536, 131_072);
        try
        {
            Assert.Equal(0x10000, region.Ring0 - region.Header);
            Assert.Equal(2 * 65_536, region.Ring1 - region.Ring0);
            BytePattern.Fill(new Span<byte>(region.Ring0, 65_536), 0, seed: 1);
            BytePattern.Fill(new Span<byte>(region.Ring1, 131_072), 0, seed: 2);

            BytePattern.Check(new ReadOnlySpan<byte>(region.Ring0 + 65_536, 65_536), 0, seed: 1);
            BytePattern.Check(new ReadOnlySpan<byte>(region.Ring1 + 131_072, 131_072), 0, seed: 2);
        }
        finally
        {
            region.Release();
        }
    }

    [Fact]
    public void Memory_is_sealed_against_any_change_of_its_size()
    {
        using var memory = SharedRegion.CreateMemory(65_536, 65_536);

        // Where the kernel knows it (Linux 6.3), F_SEAL_EXEC besides.
        Assert.Equal(0x1 | 0x2 | 0x4, Libc.Fcntl(memory, 1034, 0) & ~0x20);
        Assert.NotEqual(0, Libc.FTruncate(memory, 65_536));
        Assert.NotEqual(0, Libc.FTruncate(memory, 1_048_576));
    }

    [Fact]
    public void Descriptors_of_a_reply_are_four() => Assert.Equal(4, Descriptors.Count);
}
