using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal;

/// <summary>The explorer's time: moves only by pauses and ticks, so that every run of a schedule sees the same.</summary>
internal static class Stopwatch
{
    internal const long Frequency = TimeSpan.TicksPerSecond;

    internal static long GetTimestamp() => Execution.Active.Now.Ticks;
}

/// <summary>See <see cref="Stopwatch"/>.</summary>
internal static class Environment
{
    internal const int ProcessorCount = 2;

    internal static int ProcessId => System.Environment.ProcessId;

    internal static long TickCount64 => (long)Execution.Active.Now.TotalMilliseconds;
}
