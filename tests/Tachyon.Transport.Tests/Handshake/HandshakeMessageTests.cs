using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Tests.Handshake;

public sealed class HandshakeMessageTests
{
    private static readonly HandshakeMessage s_message = new(
        MessageKind.Reply,
        LowestVersion: 0x0102,
        HighestVersion: 0x0304,
        (HandshakeStatus)0x05060708,
        Features: 0x1112131415161718,
        RequiredFeatures: 0x2122232425262728,
        RingSize0: 0x3132333435363738,
        RingSize1: 0x4142434445464748,
        LayoutVersion: 0x51525354,
        Descriptors: 0x61626364);

    [Fact]
    public void Message_has_its_64_bytes()
    {
        // Rubbish before: reserved bytes must be written as zero, not left as they were.
        var bytes = Enumerable.Repeat((byte)0xCC, 64).ToArray();
        s_message.Write(bytes);

        byte[] expected =
        [
            0x54, 0x41, 0x43, 0x48, 0x02, 0x00, 0x40, 0x00,
            0x02, 0x01, 0x04, 0x03, 0x08, 0x07, 0x06, 0x05,
            0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
            0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
            0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31,
            0x48, 0x47, 0x46, 0x45, 0x44, 0x43, 0x42, 0x41,
            0x54, 0x53, 0x52, 0x51, 0x64, 0x63, 0x62, 0x61,
            0, 0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(64, HandshakeMessage.Size);
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void Magic_is_the_first_thing_on_the_wire()
    {
        var bytes = new byte[64];
        s_message.Write(bytes);

        Assert.Equal("TACH"u8.ToArray(), bytes[..4]);
        Assert.True(HandshakeMessage.HasMagic("TACH"u8));
        Assert.False(HandshakeMessage.HasMagic("PRI "u8));
        Assert.False(HandshakeMessage.HasMagic("HCAT"u8));
        Assert.False(HandshakeMessage.HasMagic([0x16, 0x03, 0x01, 0x02]));
    }

    [Fact]
    public void Written_bytes_are_read()
    {
        var bytes = new byte[64];
        s_message.Write(bytes);

        Assert.True(HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var read));
        Assert.Equal(s_message, read);
    }

    [Fact]
    public void Reserved_bytes_are_ignored()
    {
        var bytes = new byte[64];
        s_message.Write(bytes);
        bytes.AsSpan(56).Fill(0xFF);

        Assert.True(HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var read));
        Assert.Equal(s_message, read);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 0)]
    public void Detail_of_a_reply_is_read_where_it_is_known(uint sent, uint expected)
    {
        var bytes = new byte[64];
        (s_message with { Detail = (HandshakeDetail)sent }).Write(bytes);

        Assert.True(HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var read));
        Assert.Equal((HandshakeDetail)expected, read.Detail);
    }

    [Fact]
    public void Other_kinds_and_lengths_are_refused()
    {
        var bytes = new byte[64];
        s_message.Write(bytes);

        Assert.False(HandshakeMessage.TryRead(bytes, MessageKind.Hello, out _));
        Assert.False(HandshakeMessage.TryRead(bytes, MessageKind.Ready, out _));
        bytes[6] = 65;
        Assert.False(HandshakeMessage.TryRead(bytes, MessageKind.Reply, out _));
    }

    [Fact]
    public void Numbers_of_kinds_statuses_and_versions_are_pinned()
    {
        Assert.Equal([1, 2, 3, 4], Enum.GetValues<MessageKind>().Select(static kind => (int)kind));
        Assert.Equal(
            [
                ("Ok", 0), ("VersionMismatch", 1), ("FeatureMismatch", 2), ("UserNotAllowed", 3), ("LimitReached", 4), ("Failed", 5), ("NoSharedMemory", 6),
                ("CaptureNotAllowed", 7), ("CaptureRunning", 8),
            ],
            Enum.GetValues<HandshakeStatus>().Select(static status => (status.ToString(), (int)status)));
        Assert.Equal(
            [("None", 0), ("TurnedOff", 1), ("RefusedBySystem", 2)],
            Enum.GetValues<HandshakeDetail>().Select(static detail => (detail.ToString(), (int)detail)));
        Assert.Equal(1, HandshakeMessage.Version);
        Assert.Equal(1ul, HandshakeMessage.SocketPairDoorbells);
        Assert.Equal(2ul, HandshakeMessage.MemoryReuse);
        Assert.Equal(HandshakeMessage.SocketPairDoorbells | HandshakeMessage.MemoryReuse, HandshakeMessage.KnownFeatures);
    }
}
