using Tachyon.Frames;

namespace Tachyon.AspNetCore.Tests.Direct;

public sealed class HeaderBlockTests
{
    [Fact]
    public void What_was_written_is_read()
    {
        FrameBuffer buffer = default;
        buffer.Write((ushort)207);
        buffer.Write("x-name");
        buffer.Write("a value with ü and\ta tab");
        buffer.Write("empty");
        buffer.Write("");

        var block = new HeaderBlock(buffer.Written);
        Assert.Equal(207, block.ReadNumber());
        Assert.Equal("x-name", block.ReadName());
        Assert.Equal("a value with ü and\ta tab", block.ReadValue());
        Assert.Equal("empty", block.ReadName());
        Assert.Equal("", block.ReadValue());
        Assert.True(block.IsAtEnd);
        buffer.Release();
    }

    [Theory]
    [InlineData(new byte[] { 5 })]
    [InlineData(new byte[] { 5, 0, 65 })]
    [InlineData(new byte[] { 255, 255 })]
    [InlineData(new byte[] { 2, 0, 0xC3, 0x28 })]
    public void Malformed_text_is_a_violation(byte[] block)
        => Assert.Equal(FrameErrorCode.ProtocolError, Assert.Throws<FrameException>(() => new HeaderBlock(block).ReadText()).Code);

    [Theory]
    [InlineData("")]
    [InlineData("with blank")]
    [InlineData("colon:")]
    [InlineData("umlaut-ü")]
    [InlineData("line\n")]
    public void Name_that_is_no_token_is_a_violation(string name)
    {
        FrameBuffer buffer = default;
        buffer.Write(name);
        var bytes = buffer.Written.ToArray();
        buffer.Release();
        Assert.Throws<FrameException>(() => new HeaderBlock(bytes).ReadName());
    }

    [Theory]
    [InlineData("a\r\nb")]
    [InlineData("a\0b")]
    [InlineData("\u007f")]
    public void Value_with_a_control_character_is_a_violation(string value)
    {
        FrameBuffer buffer = default;
        buffer.Write(value);
        var bytes = buffer.Written.ToArray();
        buffer.Release();
        Assert.Throws<FrameException>(() => new HeaderBlock(bytes).ReadValue());
    }

    [Fact]
    public void Template_is_read_as_it_was_written()
    {
        FrameBuffer buffer = default;
        new RequestTemplate("POST", "http", "localhost", "/a.B/C", [new("te", "trailers")]).Write(ref buffer, 7);
        var header = FrameHeader.Read(buffer.Written);
        var template = RequestTemplate.Read(buffer.Written[FrameHeader.Size..]);

        Assert.Equal((ushort)7, header.Template);
        Assert.Equal(FrameType.Define, header.Type);
        Assert.Equal(("POST", "http", "localhost", "/a.B/C"), (template.Method, template.Scheme, template.Authority, template.Target));
        Assert.Equal([new("te", "trailers")], template.Headers);
        buffer.Release();
    }
}
