namespace Tachyon.AspNetCore.Internal;

/// <summary>The two sizes of blocks that the connections of a listener share (<see cref="ConnectionMemoryPool"/>).</summary>
internal sealed class ListenerBlocks : IDisposable
{
    internal const int LargeSize = 64 * 1024;

    /// <summary>As of the pool of Kestrel's sockets.</summary>
    internal const int SmallSize = 4 * 1024;

    // 16 MiB: without a limit many busy connections make them faster than the pool can keep them.
    private const int MaxLarge = 256;

    private int _large;

    /// <summary>A connection rents one only after <see cref="TryTakeLarge"/>.</summary>
    internal BlockPool Large { get; } = new(LargeSize, maxKept: MaxLarge);

    /// <summary>As many as are needed, of which 16 MiB are kept at most.</summary>
    internal BlockPool Small { get; } = new(SmallSize, maxKept: 4096);

    /// <summary>Whether one more of the large blocks may be out, until <see cref="LargeReturned"/>.</summary>
    internal bool TryTakeLarge()
    {
        if (Interlocked.Increment(ref _large) <= MaxLarge)
        {
            return true;
        }

        Interlocked.Decrement(ref _large);
        return false;
    }

    internal void LargeReturned() => Interlocked.Decrement(ref _large);

    public void Dispose()
    {
        Large.Dispose();
        Small.Dispose();
    }
}
