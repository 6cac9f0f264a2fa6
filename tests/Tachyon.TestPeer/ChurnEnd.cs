namespace Tachyon.TestPeer;

/// <summary>How a connection of the churn ends. The client says it in its first byte.</summary>
public enum ChurnEnd : byte
{
    /// <summary>The client says that it sent all, and reads the server's end.</summary>
    ClientInOrder,

    /// <summary>The server closes after its answer.</summary>
    ServerInOrder,

    /// <summary>The client resets after the answer.</summary>
    ClientAborts,

    /// <summary>The server resets after its answer.</summary>
    ServerAborts,

    /// <summary>The client closes while the server writes more than the ring holds; nothing of it is read.</summary>
    ClientReadsNothing,

    /// <summary>The server closes while the client writes more than the ring holds; nothing of it is read.</summary>
    ServerReadsNothing,

    /// <summary>The client uses the stream, and disposes it under a pending read.</summary>
    StreamDisposed,

    /// <summary>Everything is echoed until the client ends.</summary>
    Echo,
}
