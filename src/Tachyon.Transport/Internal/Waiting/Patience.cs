using System.Diagnostics;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// How many looks in vain a poller makes before it yields its core: enough to see what usually comes, no more where something else must
/// run first. The poller's thread only.
/// </summary>
/// <remarks>docs/adr/0008-where-the-time-goes.md has the numbers.</remarks>
internal struct Patience()
{
    internal const int Short = 32;
    internal const int Usual = 64;
    internal const int Long = 256;

    // As often as the poller looks, with its pauses.
    private const int LooksPerMicrosecond = 4;

    private static readonly long s_microsecond = Stopwatch.Frequency / 1_000_000;

    // What comes more rarely waits for the work of others, here or in the peer: on a small machine they need this core for it.
    private static readonly long s_rare = 120 * s_microsecond;

    // Of a gap so much is not spent looking, but on our own part of the exchange; with a margin, so that small calls on a slow machine
    // still find their poller quick to yield: their p99 depends on it.
    private static readonly long s_ownPart = 24 * s_microsecond;

    private long _usualGap;
    private long _lastMessage;

    internal int Looks { get; private set; } = Usual;

    /// <summary>Something came.</summary>
    internal void OnMessage(long timestamp)
    {
        long gap = timestamp - _lastMessage;
        _lastMessage = timestamp;

        // A running median: each gap moves it by a microsecond. Of a mean, one stall of a millisecond would make hundreds.
        _usualGap = Math.Max(0, _usualGap + (gap > _usualGap ? s_microsecond : -s_microsecond));
        Looks = _usualGap > s_rare
            ? Short
            : (int)Math.Clamp((_usualGap - s_ownPart) / s_microsecond * LooksPerMicrosecond, Usual, Long);
    }
}
