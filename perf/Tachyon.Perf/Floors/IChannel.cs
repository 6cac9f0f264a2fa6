namespace Tachyon.Perf.Floors;

/// <summary>A byte stream in each direction, whose calls return when all is done. Implemented by structs, so that loops are compiled for each.</summary>
internal interface IChannel
{
    /// <summary>System calls that this side has made to move bytes or to wake the other side.</summary>
    long SystemCalls { get; }

    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="IOException">The peer is gone.</exception>
    void Read(Span<byte> buffer);
}
