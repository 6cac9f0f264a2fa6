using Tachyon.Transport;

namespace Tachyon.AspNetCore;

/// <summary>
/// The client of a connection to a Tachyon endpoint, over shared memory or as a plain socket client of the same path.
/// In the features of the connection and of its HTTP requests.
/// </summary>
public interface ITachyonPeerFeature
{
    /// <summary>The process that connected, from the kernel (SO_PEERCRED, unix(7)).</summary>
    TachyonPeer Peer { get; }

    /// <summary>The supplementary groups (gids) of the client, from the kernel (SO_PEERGROUPS); empty when the kernel does not report
    /// them.</summary>
    IReadOnlyList<uint> PeerGroupIds { get; }
}
