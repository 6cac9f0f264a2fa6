using System.Buffers.Binary;
using System.Text;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// As many HTTP/2 streams as a server allows, which may send without end or fill the server's windows. The frames are written here
/// (RFC 9113): HttpClient always reads.
/// </summary>
internal static class Http2Requests
{
    // Kestrel's defaults: 100 streams, and a window of 1 MiB for what the streams of a connection have not read.
    internal const int Streams = 100;

    private const int UnreadOfConnection = 1 << 20;

    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte WindowUpdate = 8;
    private const byte EndHeaders = 4;
    private const byte EndStream = 1;
    private const ushort InitialWindowSize = 4;

    /// <param name="messageSize">Of each message of endless responses; null for requests that handlers do not read.</param>
    internal static byte[] Make(int? messageSize)
    {
        var held = messageSize is null;
        using var all = new MemoryStream();
        all.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);

        // The server may send without end.
        var window = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(window, InitialWindowSize);
        BinaryPrimitives.WriteInt32BigEndian(window.AsSpan(2), int.MaxValue);
        WriteFrame(all, Settings, 0, 0, window);
        var increment = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(increment, int.MaxValue - 65_535);
        WriteFrame(all, WindowUpdate, 0, 0, increment);

        var header = MakeHeader(held ? "/tachyon.test.Hold/ClientStream" : "/tachyon.test.Flow/Flood");

        // As long as the window of the connection lets every stream have.
        var body = messageSize is { } size ? MakeFlood(size) : BeginMessage(UnreadOfConnection, UnreadOfConnection / Streams);
        for (var stream = 1; stream < 2 * Streams; stream += 2)
        {
            WriteFrame(all, Headers, EndHeaders, stream, header);
            WriteFrame(all, Data, held ? (byte)0 : EndStream, stream, body);
        }

        return all.ToArray();
    }

    /// <summary>The beginning of a gRPC message of so many bytes.</summary>
    internal static byte[] BeginMessage(int size, int count)
    {
        var body = new byte[count];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), size);
        return body;
    }

    /// <summary>A gRPC message with FloodRequest { size = <paramref name="size"/> }, below 2 MiB: the number has three bytes of seven
    /// bits.</summary>
    internal static byte[] MakeFlood(int size)
        => [0, 0, 0, 0, 4, 0x08, (byte)(size | 0x80), (byte)((size >> 7) | 0x80), (byte)((size >> 14) & 0x7F)];

    /// <summary>A header block without Huffman codes and without the dynamic table (RFC 7541).</summary>
    private static byte[] MakeHeader(string path)
    {
        // Of the static table: 3 is ":method: POST", 6 is ":scheme: http", 4 names ":path", 1 ":authority", 31 "content-type".
        using var block = new MemoryStream();
        block.Write([0x83, 0x86, 0x04]);
        WriteText(block, path);
        block.WriteByte(0x01);
        WriteText(block, "localhost");
        block.Write([0x0F, 31 - 15]);
        WriteText(block, "application/grpc");
        block.WriteByte(0x00);
        WriteText(block, "te");
        WriteText(block, "trailers");
        return block.ToArray();
    }

    private static void WriteText(MemoryStream block, string text)
    {
        block.WriteByte((byte)text.Length);
        block.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteFrame(MemoryStream all, byte type, byte flags, int stream, byte[] payload)
    {
        var head = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        all.Write(head);
        all.Write(payload);
    }
}
