using System.Buffers;

namespace Tachyon.Interleaving.Links;

/// <summary>Bytes by which a stream is known: each says where it belongs.</summary>
internal static class Pattern
{
    internal static void Fill(Span<byte> bytes, long position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = At(position + i);
        }
    }

    internal static void Check(ReadOnlySpan<byte> bytes, long position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.True(bytes[i] == At(position + i), $"byte {position + i} is out of order");
        }
    }

    internal static void Check(ReadOnlySequence<byte> bytes, long position)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            Check(part.Span, position);
            position += part.Length;
        }
    }

    private static byte At(long position) => (byte)((position * 7) + (position >> 8) + 3);
}
