namespace Tachyon.TestHost.Transports;

/// <summary>What a test may ask of the client's end of the connection, in terms that both transports have.</summary>
public sealed record ClientTuning
{
    public static ClientTuning Default { get; } = new();

    /// <summary>
    /// Bytes that the transport holds in each direction: the ring, or the socket's send buffer. Null leaves the default.
    /// </summary>
    public int? BufferBytes { get; init; }
}
