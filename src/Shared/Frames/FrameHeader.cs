using System.Buffers.Binary;

namespace Tachyon.Frames;

/// <summary>The kinds of frames of direct mode. docs/protocol-direct.md has the wire.</summary>
internal enum FrameType : byte
{
    /// <summary>First frame of each side, stream 0: what it can take. <see cref="FrameSettings"/>.</summary>
    Settings = 1,

    /// <summary>Client, stream 0: the constant part of requests, by the number of a template. <see cref="RequestTemplate"/>.</summary>
    Define = 2,

    /// <summary>Opens a stream (client), or begins the response (server).</summary>
    Headers = 3,

    /// <summary>Bytes of a body.</summary>
    Data = 4,

    /// <summary>Server: ends the response.</summary>
    Trailers = 5,

    /// <summary>Ends both directions of a stream: a code of HTTP/2 (RFC 9113, section 7).</summary>
    Reset = 6,

    /// <summary>More credit for the data of a stream.</summary>
    Window = 7,

    /// <summary>Stream 0: no further streams. The last stream that is served, a code, and a text.</summary>
    GoAway = 8,

    /// <summary>Stream 0: the peer answers with <see cref="Pong"/> and the same eight bytes.</summary>
    Ping = 9,

    /// <summary>The answer to <see cref="Ping"/>.</summary>
    Pong = 10,
}

/// <summary>What a frame says beside its payload.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>On headers and data: the sender sends no more of this stream.</summary>
    End = 1,

    /// <summary>
    /// On headers of the server: status 200 and content-type application/grpc, without a payload. On trailers: grpc-status 0 alone, without
    /// a payload.
    /// </summary>
    Standard = 2,

    /// <summary>A receiver that does not know the type must end the connection. Without it, it ignores the frame.</summary>
    Critical = 128,
}

/// <summary>The first bytes of each frame, little endian.</summary>
/// <remarks>
/// <code>
///   offset  size  field
///   0       4     length of the payload
///   4       1     type
///   5       1     flags
///   6       2     template: of headers of the client and of definitions; else 0
///   8       4     stream: odd and rising; 0 = the connection
/// </code>
/// </remarks>
internal readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, ushort Template, uint Stream)
{
    internal const int Size = 12;

    /// <summary>Streams take turns after so many bytes.</summary>
    internal const int MaxDataLength = 64 * 1024;

    /// <summary>The highest number of a stream, as in HTTP/2.</summary>
    internal const uint MaxStream = int.MaxValue;

    internal bool IsEnd => (Flags & FrameFlags.End) != 0;

    internal bool IsStandard => (Flags & FrameFlags.Standard) != 0;

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Length);
        bytes[4] = (byte)Type;
        bytes[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], Template);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Stream);
    }

    /// <summary>The payload of a reset or of a window: one number.</summary>
    /// <exception cref="FrameException">It has another size.</exception>
    internal uint ReadNumber(ReadOnlySpan<byte> payload)
    {
        CheckLength(sizeof(uint));
        return BinaryPrimitives.ReadUInt32LittleEndian(payload);
    }

    /// <exception cref="FrameException">The payload has another size.</exception>
    internal void CheckLength(int length)
    {
        if (Length != length)
        {
            throw new FrameException(FrameErrorCode.FrameSizeError, $"a frame of type {Type} has {Length} bytes instead of {length}");
        }
    }

    internal static FrameHeader Read(ReadOnlySpan<byte> bytes)
        => new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            (FrameType)bytes[4],
            (FrameFlags)bytes[5],
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
}
