using System.Buffers.Binary;

namespace Tachyon.Transport.Internal.Capture;

/// <summary>An IPv4 packet with a TCP segment (RFC 791, RFC 9293), such as it would be if the connection were one of the loopback
/// device.</summary>
internal static class TcpPacket
{
    internal const byte Fin = 0x01;
    internal const byte Syn = 0x02;
    internal const byte Rst = 0x04;
    internal const byte Psh = 0x08;
    internal const byte Ack = 0x10;

    internal const int HeaderSize = IpSize + TcpSize;

    /// <summary>Of a SYN, which announces its window scale.</summary>
    internal const int MaxHeaderSize = HeaderSize + OptionsSize;

    internal const int MaxPayload = ushort.MaxValue - HeaderSize;

    private const int IpSize = 20;
    private const int TcpSize = 20;
    private const int OptionsSize = 4;
    private const byte DontFragment = 0x40;
    private const byte ProtocolOfTcp = 6;

    /// <summary>Writes the headers.</summary>
    /// <param name="to">Gets <see cref="HeaderSize"/> bytes, or <see cref="MaxHeaderSize"/> with <see cref="Syn"/>.</param>
    /// <param name="connection">The addresses.</param>
    /// <param name="isToServer">The direction.</param>
    /// <param name="sequence">Sequence number.</param>
    /// <param name="acknowledgment">Acknowledgment number.</param>
    /// <param name="flags">Of TCP.</param>
    /// <param name="payload">All bytes of the segment, for its checksum; null when not all were kept: then the checksum is 0.</param>
    /// <param name="payloadLength">Bytes of the segment.</param>
    /// <returns>Bytes written.</returns>
    internal static int Write(
        Span<byte> to,
        CapturedConnection connection,
        bool isToServer,
        uint sequence,
        uint acknowledgment,
        byte flags,
        ReadOnlySpan<byte> payload,
        int payloadLength)
    {
        var size = (flags & Syn) != 0 ? MaxHeaderSize : HeaderSize;
        to = to[..size];
        to.Clear();
        var (source, target) = (connection.ClientAddress, connection.ServerAddress);
        var (sourcePort, targetPort) = (connection.ClientPort, connection.ServerPort);
        if (!isToServer)
        {
            (source, target) = (target, source);
            (sourcePort, targetPort) = (targetPort, sourcePort);
        }

        var tcp = to[IpSize..];
        to[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)(size + payloadLength));
        to[6] = DontFragment;
        to[8] = 64;
        to[9] = ProtocolOfTcp;
        BinaryPrimitives.WriteUInt32BigEndian(to[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(to[16..], target);
        BinaryPrimitives.WriteUInt16BigEndian(to[10..], Fold(Sum(to[..IpSize])));

        BinaryPrimitives.WriteUInt16BigEndian(tcp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], targetPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgment);
        tcp[12] = (byte)(tcp.Length / 4 << 4);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], ushort.MaxValue);
        if (size == MaxHeaderSize)
        {
            // Window scale 14, the largest: the window never looks full.
            ReadOnlySpan<byte> scale = [1, 3, 3, 14];
            scale.CopyTo(tcp[TcpSize..]);
        }

        if (payload.Length == payloadLength)
        {
            // The pseudo header, the segment.
            var sum = Sum(to[12..IpSize]) + ProtocolOfTcp + (uint)(tcp.Length + payloadLength) + Sum(tcp) + Sum(payload);
            BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Fold(sum));
        }

        return size;
    }

    // At most 65,535 bytes, whose sum has 31 bits.
    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        for (; bytes.Length > 1; bytes = bytes[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        }

        return bytes.IsEmpty ? sum : sum + ((uint)bytes[0] << 8);
    }

    private static ushort Fold(uint sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
