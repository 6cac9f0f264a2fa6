namespace Tachyon.AspNetCore.Internal;

/// <summary>The two sizes of blocks that the connections of a listener share (<see cref="ConnectionMemoryPool"/>).</summary>
internal sealed class ListenerBlocks : IDisposable
{
    internal const int LargeSize = 64 * 1024;

    /// <summary>As of the pool of Kestrel's sockets.</summary>
    internal const int SmallSize = 4 * 1024;

    private const int MaxLarge = 256;

    /// <summary>
    /// 16 MiB at most: many busy connections would otherwise make one for each call, which the garbage collector then pays for.
    /// </summary>
    internal BlockPool Large { get; } = new(LargeSize, MaxLarge, MaxLarge);

    /// <summary>As many as are needed, of which 16 MiB are kept at most.</summary>
    internal BlockPool Small { get; } = new(SmallSize, maxKept: 4096);

    public void Dispose()
    {
        Large.Dispose();
        Small.Dispose();
    }
}
