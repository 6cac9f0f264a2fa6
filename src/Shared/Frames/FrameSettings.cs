using System.Buffers.Binary;

namespace Tachyon.Frames;

/// <summary>What a side can take; it holds from when the frame is read. The defaults hold before.</summary>
/// <param name="MaxStreams">Streams that the peer may have open at once.</param>
/// <param name="MaxHeaderBytes">Bytes of a header block that the peer may send.</param>
internal readonly record struct FrameSettings(uint MaxStreams, uint MaxHeaderBytes)
{
    internal const int Size = 8;

    /// <summary>What a peer assumes until it has read the frame.</summary>
    internal static readonly FrameSettings Default = new(100, 32 * 1024);

    internal void WriteFrame(Span<byte> bytes)
    {
        new FrameHeader(Size, FrameType.Settings, FrameFlags.None, 0, 0).Write(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[FrameHeader.Size..], MaxStreams);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[(FrameHeader.Size + 4)..], MaxHeaderBytes);
    }

    internal static FrameSettings Read(ReadOnlySpan<byte> payload)
        => new(BinaryPrimitives.ReadUInt32LittleEndian(payload), BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]));
}
