namespace Tachyon.AspNetCore.Internal;

/// <summary>The two sizes of blocks that the connections of a listener share (<see cref="ConnectionMemoryPool"/>).</summary>
internal sealed class ListenerBlocks : IDisposable
{
    internal const int LargeSize = 64 * 1024;

    /// <summary>As of the pool of Kestrel's sockets.</summary>
    internal const int SmallSize = 4 * 1024;

    // At most 16 MiB of the large and 4 MiB of the small ones.
    internal BlockPool Large { get; } = new(LargeSize, maxKept: 256);

    internal BlockPool Small { get; } = new(SmallSize, maxKept: 1024);

    public void Dispose()
    {
        Large.Dispose();
        Small.Dispose();
    }
}
