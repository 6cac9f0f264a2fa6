using Tachyon.Transport;

namespace Tachyon.AspNetCore;

/// <summary>
/// Who is at the other end of a connection to a Tachyon endpoint, over shared memory or as an ordinary client of the same socket path.
/// In the features of the connection and of its HTTP requests.
/// </summary>
public interface ITachyonPeerFeature
{
    /// <summary>Who connected, as the kernel said (SO_PEERCRED, unix(7)).</summary>
    TachyonPeer Peer { get; }

    /// <summary>The supplementary groups (gids) of the one that connected, as the kernel said (SO_PEERGROUPS); empty when it does not say.</summary>
    IReadOnlyList<uint> PeerGroupIds { get; }
}
