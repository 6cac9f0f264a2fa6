using System.Buffers;

namespace Tachyon.Testing;

/// <summary>
/// A stream whose byte at each position is known: a lost, doubled, moved or changed byte shows at once, and where. Stronger than a
/// checksum over the whole, which only says at the end that something was wrong.
/// </summary>
public static class BytePattern
{
    public static byte At(long position, int seed = 0)
        => (byte)((position * 167) + ((position >> 8) * 59) + ((position >> 16) * 31) + seed);

    public static void Fill(Span<byte> bytes, long position, int seed = 0)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = At(position + i, seed);
        }
    }

    public static byte[] Make(int count, long position = 0, int seed = 0)
    {
        var bytes = new byte[count];
        Fill(bytes, position, seed);
        return bytes;
    }

    /// <exception cref="InvalidDataException">A byte is not what belongs at its position.</exception>
    public static void Check(ReadOnlySpan<byte> bytes, long position, int seed = 0)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(position + i, seed))
            {
                throw new InvalidDataException(
                    $"Byte {position + i} of stream {seed} is {bytes[i]} instead of {At(position + i, seed)} ({bytes.Length} bytes from {position}).");
            }
        }
    }

    public static void Check(in ReadOnlySequence<byte> bytes, long position, int seed = 0)
    {
        foreach (var part in bytes)
        {
            Check(part.Span, position, seed);
            position += part.Length;
        }
    }
}
