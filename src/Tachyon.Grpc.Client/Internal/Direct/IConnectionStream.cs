using System.Buffers;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>One call on a connection: what the read loop passes on to it.</summary>
internal interface IConnectionStream
{
    /// <summary>Of the stream; 0 before it has begun. Set with the lock of the connection.</summary>
    uint Number { get; set; }

    /// <summary>Nothing more of the request is sent. What has not begun never does.</summary>
    bool IsAborted { get; }

    /// <summary>Headers, trailers, credit, or the end. The read loop.</summary>
    /// <exception cref="FrameException">The server broke a rule.</exception>
    void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload);

    /// <summary>More of the response's body. The read loop.</summary>
    /// <exception cref="FrameException">More than the credit, or out of order.</exception>
    void OnData(in ReadOnlySequence<byte> bytes, bool isEnd);

    /// <summary>Tells the call what the last read of the connection has brought for it. The read loop.</summary>
    void Signal();

    /// <summary>Ends the call with an error. Any thread.</summary>
    void Fail(Exception failure, bool isUnprocessed = false);
}
