using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>What a connection is made of. Once it has started, the connection owns and releases all of it.</summary>
internal sealed class ConnectionSetup
{
    /// <summary>With one reference, which is the creator's until the connection has started.</summary>
    internal required SharedRegion Region { get; init; }

    internal required bool IsServer { get; init; }

    /// <summary>What this side sleeps on.</summary>
    internal required Doorbell OwnDoorbell { get; init; }

    /// <summary>What this side rings.</summary>
    internal required Doorbell PeerDoorbell { get; init; }

    internal required Lifeline Lifeline { get; init; }

    internal required TachyonWaitMode Mode { get; init; }

    /// <summary>The user of the peer. A system call that the peer can block runs on the thread for peers of that user.</summary>
    internal uint PeerUserId { get; init; }

    /// <summary>Keeps the memory for the next connection; null where it is returned at once.</summary>
    internal ReusePlace? ReusePlace { get; init; }

    /// <summary>The connection before in the same memory, whose descriptors are still watched; null in new memory.</summary>
    internal ConnectionResources? Before { get; init; }

    /// <summary>
    /// What the connection occupies of the limits of its listener; null for a client. A server's connection outlives its halves: the claim
    /// is released when the client has released the connection and its memory is returned.
    /// </summary>
    internal IDisposable? Claim { get; init; }
}
