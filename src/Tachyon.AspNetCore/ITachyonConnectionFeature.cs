namespace Tachyon.AspNetCore;

/// <summary>A connection over shared memory. In the features of the connection and of its HTTP requests; absent for plain socket
/// clients.</summary>
public interface ITachyonConnectionFeature : ITachyonPeerFeature
{
    /// <summary>Bytes of the ring that the server writes to.</summary>
    int SendRingSize { get; }

    /// <summary>Bytes of the ring that the server reads from.</summary>
    int ReceiveRingSize { get; }

    /// <summary>Whether the connection speaks direct mode instead of HTTP/2 or another protocol of Kestrel.</summary>
    bool IsDirect { get; }
}
