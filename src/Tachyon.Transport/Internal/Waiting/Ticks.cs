using System.Diagnostics;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>Times in ticks of <see cref="Stopwatch"/>.</summary>
internal static class Ticks
{
    internal static long OfMicroseconds(long value) => value * Stopwatch.Frequency / 1_000_000;
}
