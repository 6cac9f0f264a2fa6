using System.Buffers.Binary;
using System.Text;

namespace Tachyon.Frames;

/// <summary>Reads a header block: texts with their lengths, which are names and values in turn.</summary>
/// <param name="block">Private memory: a peer must not change it meanwhile.</param>
internal ref struct HeaderBlock(ReadOnlySpan<byte> block)
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _left = block;

    internal readonly bool IsAtEnd => _left.IsEmpty;

    /// <exception cref="FrameException">The block ends within the text, or it is not UTF-8.</exception>
    internal string ReadText()
    {
        var length = ReadNumber();
        if (length > _left.Length)
        {
            throw Malformed();
        }

        try
        {
            var text = s_strict.GetString(_left[..length]);
            _left = _left[length..];
            return text;
        }
        catch (DecoderFallbackException)
        {
            throw Malformed();
        }
    }

    /// <exception cref="FrameException">The block ends within the number.</exception>
    internal ushort ReadNumber()
    {
        if (_left.Length < sizeof(ushort))
        {
            throw Malformed();
        }

        var number = BinaryPrimitives.ReadUInt16LittleEndian(_left);
        _left = _left[sizeof(ushort)..];
        return number;
    }

    /// <summary>A name of a header: a token (RFC 9110, section 5.6.2).</summary>
    /// <exception cref="FrameException">It is none.</exception>
    internal string ReadName()
    {
        var name = ReadText();
        return HeaderRules.IsName(name) ? name : throw new FrameException(FrameErrorCode.ProtocolError, "the name of a header is no token");
    }

    /// <summary>A value of a header (RFC 9110, section 5.5).</summary>
    /// <exception cref="FrameException">It has a control character.</exception>
    internal string ReadValue()
    {
        var value = ReadText();
        return HeaderRules.IsValue(value)
            ? value
            : throw new FrameException(FrameErrorCode.ProtocolError, "the value of a header has a control character");
    }

    private static FrameException Malformed() => new(FrameErrorCode.ProtocolError, "a header block is malformed");
}
