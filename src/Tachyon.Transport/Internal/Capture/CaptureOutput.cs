namespace Tachyon.Transport.Internal.Capture;

/// <summary>Where the blocks of a capture go. Used by one thread at a time.</summary>
internal abstract class CaptureOutput : IAsyncDisposable
{
    /// <summary>What receives the capture, for logs: a file, or a process.</summary>
    internal abstract string Target { get; }

    /// <summary>Once, first.</summary>
    /// <param name="header">The blocks that each file begins with.</param>
    internal abstract ValueTask OpenAsync(ReadOnlyMemory<byte> header);

    /// <param name="blocks">Whole blocks.</param>
    internal abstract ValueTask WriteAsync(ReadOnlyMemory<byte> blocks);

    public abstract ValueTask DisposeAsync();
}
