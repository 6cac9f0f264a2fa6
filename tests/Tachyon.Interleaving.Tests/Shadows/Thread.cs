using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>Stands in for the threads that the transport starts. They never end: an execution ends without them.</summary>
internal sealed class Thread(Action run)
{
    // An idle pass of the poller and its pause, in the explorer's time: three of them use up the smallest budget that is polled at all.
    private static readonly TimeSpan s_pause = TimeSpan.FromMicroseconds(12);

    internal bool IsBackground { get; init; }

    internal string Name { get; init; } = "";

    internal void UnsafeStart() => Execution.Active.StartDaemon(Name, run);

    internal static bool Yield()
    {
        Execution.Active.Pause(s_pause);
        return true;
    }

    internal static void SpinWait(int iterations)
    {
        _ = iterations;
        Execution.Active.Pause(s_pause);
    }
}
