namespace Tachyon.AspNetCore;

/// <summary>What the server knows of a connection over shared memory. In the features of the connection and of its HTTP requests.</summary>
public interface ITachyonConnectionFeature : ITachyonPeerFeature
{
    /// <summary>Bytes of the ring that the server writes to.</summary>
    int SendRingSize { get; }

    /// <summary>Bytes of the ring that the server reads from.</summary>
    int ReceiveRingSize { get; }
}
