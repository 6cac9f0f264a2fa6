using Google.Protobuf;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Message contents that both sides can work out for themselves, so that a byte out of place is noticed.</summary>
public static class Content
{
    /// <summary>The start value of <see cref="Checksum"/>.</summary>
    public const ulong EmptyChecksum = 14695981039346656037;

    /// <summary>
    /// <paramref name="size"/> bytes that depend on <paramref name="index"/> and on their place: no two messages of a test are
    /// the same, and neither are two blocks of one message.
    /// </summary>
    public static Payload Create(int index, int size)
    {
        var bytes = new byte[size];
        new Random(unchecked((index * 1_000_003) + size)).NextBytes(bytes);

        // The array is handed over: no other code holds it.
        return new Payload { Index = index, Data = UnsafeByteOperations.UnsafeWrap(bytes) };
    }

    /// <summary>Says what is wrong with a payload that should be <c>Create(index, size)</c>; null when it is that.</summary>
    public static string? Difference(Payload actual, int index, int size)
    {
        var expected = Create(index, size);
        if (actual.Index != index)
        {
            return $"message {index} expected, got {actual.Index} ({actual.Data.Length:N0} bytes)";
        }

        if (actual.Data.Length != size)
        {
            return $"message {index}: {size:N0} bytes expected, got {actual.Data.Length:N0}";
        }

        var at = expected.Data.Span.CommonPrefixLength(actual.Data.Span);
        return at == size ? null : $"message {index}: differs from byte {at:N0} of {size:N0} on";
    }

    /// <summary>A running FNV-1a over the data of a stream of messages.</summary>
    public static ulong Checksum(ulong sum, Payload payload)
    {
        foreach (var value in payload.Data.Span)
        {
            sum = unchecked((sum ^ value) * 1099511628211);
        }

        return sum;
    }
}
