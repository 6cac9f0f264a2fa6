using System.Net.Sockets;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>How a wait of a handshake ended.</summary>
internal enum WaitOutcome
{
    Readable,
    TimedOut,
    Canceled,
    Stopped,
}

/// <summary>One wait of a handshake in <see cref="HandshakeLoop"/>.</summary>
/// <param name="deadline">In the milliseconds of <see cref="Environment.TickCount64"/>.</param>
internal sealed class HandshakeWait(long deadline)
{
    // Continues on the thread that completes it: that is a thread of the workers, and not the pool.
    private readonly TaskCompletionSource<WaitOutcome> _source = new();

    internal long Deadline => deadline;

    internal long Key { get; set; }

    internal Socket? Socket { get; set; }

    internal Task<WaitOutcome> Task => _source.Task;

    internal void Complete(WaitOutcome outcome) => _source.TrySetResult(outcome);

    internal void Fail(Exception exception) => _source.TrySetException(exception);
}
