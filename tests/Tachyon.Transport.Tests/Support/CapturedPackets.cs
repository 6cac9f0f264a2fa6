using System.Buffers.Binary;
using System.Text;

namespace Tachyon.Transport.Tests.Support;

/// <summary>One packet of a capture.</summary>
/// <param name="ToServer">Its direction.</param>
/// <param name="Sequence">Sequence number of TCP.</param>
/// <param name="Acknowledgment">Acknowledgment number of TCP.</param>
/// <param name="Flags">Of TCP.</param>
/// <param name="Payload">What was kept of its bytes.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Dropped">Packets that were dropped before it.</param>
/// <param name="Comment">Its comment; empty for none.</param>
internal sealed record CapturedPacket(
    bool ToServer, uint Sequence, uint Acknowledgment, byte Flags, byte[] Payload, int Length, long Dropped, string Comment);

/// <summary>A capture as an independent reader of the format takes it apart.</summary>
internal static class CapturedPackets
{
    internal static List<CapturedPacket> Parse(ReadOnlySpan<byte> capture)
    {
        Assert.Equal(0x0A0D0D0Au, BinaryPrimitives.ReadUInt32LittleEndian(capture));
        List<CapturedPacket> packets = [];
        while (!capture.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(capture[4..]);
            Assert.Equal(length, BinaryPrimitives.ReadInt32LittleEndian(capture[(length - 4)..]));
            if (BinaryPrimitives.ReadUInt32LittleEndian(capture) == 6)
            {
                packets.Add(Packet(capture[8..(length - 4)]));
            }

            capture = capture[length..];
        }

        return packets;
    }

    private static CapturedPacket Packet(ReadOnlySpan<byte> block)
    {
        var kept = BinaryPrimitives.ReadInt32LittleEndian(block[12..]);
        var original = BinaryPrimitives.ReadInt32LittleEndian(block[16..]);
        var packet = block.Slice(20, kept);
        var options = block[(20 + ((kept + 3) & ~3))..];
        long dropped = 0;
        var comment = "";
        while (BinaryPrimitives.ReadUInt16LittleEndian(options) is var code and not 0)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(options[2..]);
            if (code == 1)
            {
                comment = Encoding.UTF8.GetString(options.Slice(4, size));
            }
            else if (code == 4)
            {
                dropped = BinaryPrimitives.ReadInt64LittleEndian(options[4..]);
            }

            options = options[(4 + ((size + 3) & ~3))..];
        }

        var tcp = packet[20..];
        var header = 20 + (tcp[12] >> 4 << 2);
        return new CapturedPacket(
            BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]) is 8080 or 51_051,
            BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]),
            tcp[13],
            packet[Math.Min(header, kept)..].ToArray(),
            original - header,
            dropped,
            comment);
    }
}
