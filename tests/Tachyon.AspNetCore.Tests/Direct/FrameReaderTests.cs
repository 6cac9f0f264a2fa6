using System.Buffers;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Tests.Direct;

public sealed class FrameReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(1000)]
    public void Frames_are_found_however_the_bytes_are_split(int part)
    {
        byte[] all =
        [
            .. Frame(FrameType.Headers, stream: 1, [1, 2, 3]),
            .. Frame(FrameType.Data, stream: 1, [4, 5, 6, 7]),
            .. Frame(FrameType.Data, stream: 3, []),
            .. Frame(FrameType.Data, stream: 1, [8], FrameFlags.End),
            .. Frame(FrameType.Ping, stream: 0, new byte[300]),
        ];
        var sink = new Sink();
        var reader = new FrameReader(maxBlockLength: 1000);
        byte[] left = [];
        for (var at = 0; at < all.Length; at += part)
        {
            left = [.. left, .. all[at..Math.Min(at + part, all.Length)]];
            var buffer = new ReadOnlySequence<byte>(left);
            left = buffer.Slice(reader.Read(buffer, sink)).ToArray();
        }

        Assert.Empty(left);
        Assert.Equal(["Headers 1: 3 bytes", "Ping 0: 300 bytes"], sink.Frames);
        Assert.Equal([4, 5, 6, 7, 8], sink.Data[1]);
        Assert.Empty(sink.Data[3]);
        Assert.Equal([1u], sink.Ended);
    }

    [Theory]
    [InlineData(nameof(FrameType.Data), FrameHeader.MaxDataLength + 1)]
    [InlineData(nameof(FrameType.Data), -1)]
    [InlineData(nameof(FrameType.Headers), 1001)]
    [InlineData(nameof(FrameType.GoAway), int.MinValue)]
    public void Length_beyond_the_limit_ends_the_connection_before_its_bytes_come(string type, int length)
    {
        var header = new byte[FrameHeader.Size];
        new FrameHeader(length, Enum.Parse<FrameType>(type), FrameFlags.None, 0, 1).Write(header);
        var reader = new FrameReader(maxBlockLength: 1000);

        var exception = Assert.Throws<FrameException>(() => reader.Read(new ReadOnlySequence<byte>(header), new Sink()));

        Assert.Equal(FrameErrorCode.FrameSizeError, exception.Code);
    }

    [Fact]
    public void Header_is_twelve_bytes_at_the_documented_places()
    {
        var bytes = new byte[FrameHeader.Size];
        var header = new FrameHeader(0x01020304, FrameType.Headers, FrameFlags.End, 0x0506, 0x0708090A);
        header.Write(bytes);

        Assert.Equal([4, 3, 2, 1, 3, 1, 6, 5, 0x0A, 9, 8, 7], bytes);
        Assert.Equal(header, FrameHeader.Read(bytes));
    }

    private static byte[] Frame(FrameType type, uint stream, byte[] payload, FrameFlags flags = FrameFlags.None)
    {
        var bytes = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, flags, 0, stream).Write(bytes);
        payload.CopyTo(bytes, FrameHeader.Size);
        return bytes;
    }

    private sealed class Sink : IFrameSink
    {
        internal List<string> Frames { get; } = [];

        internal Dictionary<uint, List<byte>> Data { get; } = [];

        internal List<uint> Ended { get; } = [];

        public void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
            => Frames.Add($"{header.Type} {header.Stream}: {payload.Length} bytes");

        public void OnData(uint stream, in ReadOnlySequence<byte> bytes, bool isEnd)
        {
            if (!Data.TryGetValue(stream, out var data))
            {
                Data[stream] = data = [];
            }

            data.AddRange(bytes.ToArray());
            if (isEnd)
            {
                Ended.Add(stream);
            }
        }
    }
}
