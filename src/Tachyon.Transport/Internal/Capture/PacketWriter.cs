namespace Tachyon.Transport.Internal.Capture;

/// <summary>Turns the items of the queue into packets. One thread at a time.</summary>
internal sealed class PacketWriter(PcapngWriter blocks)
{
    private long _dropped;

    internal long Packets { get; private set; }

    internal void Write(in CapturedItem item)
    {
        switch (item.Kind)
        {
            case CapturedKind.Begin:
                WriteBegin(item);
                break;
            case CapturedKind.Bytes:
                WriteBytes(item);
                break;
            case CapturedKind.Finish:
                WriteEnd(item, TcpPacket.Fin);
                break;
            case CapturedKind.Reset:
                WriteEnd(item, TcpPacket.Rst);
                break;
        }
    }

    private void WriteBegin(in CapturedItem item)
    {
        var connection = item.Direction.Connection;
        var (toServer, toClient) = (connection.ToServer, connection.ToClient);
        Write(item, toServer, (uint)toServer.Next, 0, TcpPacket.Syn, [], 0, 0, connection.Comment);
        Write(item, toClient, (uint)toClient.Next, AfterSyn(toServer), TcpPacket.Syn | TcpPacket.Ack, [], 0, 0, null);
        Write(item, toServer, AfterSyn(toServer), AfterSyn(toClient), TcpPacket.Ack, [], 0, 0, null);
    }

    private void WriteBytes(in CapturedItem item)
    {
        // Of threads that added at once, the later item may have the smaller count.
        var lost = Math.Max(0, item.Dropped - _dropped);
        _dropped += lost;
        ReadOnlySpan<byte> payload = item.Buffer.AsSpan(0, item.Kept);
        const byte Flags = TcpPacket.Psh | TcpPacket.Ack;
        Write(item, item.Direction, SequenceOf(item.Position), Acknowledged(item), Flags, payload, item.Length, lost, null);
        item.Direction.Next = item.Position + item.Length;
    }

    private void WriteEnd(in CapturedItem item, byte flag)
    {
        Write(item, item.Direction, SequenceOf(item.Position), Acknowledged(item), (byte)(flag | TcpPacket.Ack), [], 0, 0, null);
        item.Direction.Next = item.Position;
        item.Direction.IsFinished = flag == TcpPacket.Fin;
    }

    private void Write(
        in CapturedItem item,
        CapturedDirection direction,
        uint sequence,
        uint acknowledgment,
        byte flags,
        ReadOnlySpan<byte> payload,
        int length,
        long lost,
        string? comment)
    {
        Span<byte> headers = stackalloc byte[TcpPacket.MaxHeaderSize];
        var connection = direction.Connection;
        var size = TcpPacket.Write(headers, connection, direction.IsToServer, sequence, acknowledgment, flags, payload, length);
        var isSent = direction.IsToServer != connection.IsServer;
        blocks.WritePacket(headers[..size], payload, size + length, item.Timestamp, isSent, lost, comment);
        Packets++;
    }

    private static uint Acknowledged(in CapturedItem item)
    {
        var opposite = item.Direction.Opposite;
        return SequenceOf(opposite.Next) + (opposite.IsFinished ? 1u : 0u);
    }

    private static uint AfterSyn(CapturedDirection direction) => SequenceOf(direction.Next);

    // The SYN of a connection that is captured from its beginning has number 0, and counts as one byte. Wireshark shows bytes that were not
    // captured as lost segments.
    private static uint SequenceOf(long position) => (uint)(position + 1);
}
