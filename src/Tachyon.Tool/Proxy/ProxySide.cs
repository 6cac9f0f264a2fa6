namespace Tachyon.Tool.Proxy;

/// <summary>
/// One side of a proxied connection. It has at most one reader (<see cref="CopyToAsync"/>) and one writer (all of it that takes bytes) at a
/// time; <see cref="Abort"/> may come from anywhere.
/// </summary>
internal abstract class ProxySide : IAsyncDisposable
{
    /// <summary>Moves what this side sends to <paramref name="target"/>, as fast as that takes it.</summary>
    /// <returns>True after the end of what this side sends, false when the target takes no more.</returns>
    /// <exception cref="IOException">Either was reset, or aborted.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">Either was reset, or aborted.</exception>
    internal abstract Task<bool> CopyToAsync(ProxySide target, ByteCount moved);

    /// <summary>Where the next bytes for this side are to be put: a sender that has none in memory yet receives them right there.</summary>
    internal abstract Memory<byte> GetMemory();

    /// <summary>Sends the first <paramref name="count"/> bytes of what <see cref="GetMemory"/> gave.</summary>
    /// <returns>False when this side takes no more.</returns>
    internal abstract ValueTask<bool> AdvanceAsync(int count);

    /// <summary>Sends bytes that lie somewhere else.</summary>
    /// <returns>False when this side takes no more.</returns>
    internal abstract ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells this side that nothing more comes; it may go on sending (half-close).</summary>
    internal abstract void FinishWriting();

    /// <summary>Tells this side that what it sends is not read any more, as far as its transport can express that.</summary>
    internal abstract void StopReading();

    /// <summary>Resets the connection and ends what is pending. <see cref="DisposeAsync"/> is still due.</summary>
    internal abstract void Abort();

    /// <summary>Closes the connection, after its last read and write.</summary>
    public abstract ValueTask DisposeAsync();
}
