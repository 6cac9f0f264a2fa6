using System.Diagnostics;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>What a connection holds of the system, and the order in which it is released: doorbells, memory, lifeline, claim.</summary>
internal sealed class ConnectionResources
{
    private readonly SharedRegion _region;
    private readonly Doorbell _ownDoorbell;
    private readonly Doorbell _peerDoorbell;
    private readonly Lifeline _lifeline;
    private readonly IDisposable? _claim;
    private readonly uint _peerUserId;
    private readonly Reactor _reactor;
    private readonly WatchedConnection _connection;

    // The client and the users of the memory in this process; see Release.
    private int _holders = 2;
    private int _hungUp;

    internal ConnectionResources(ConnectionSetup setup, Reactor reactor, WatchedConnection connection)
    {
        _region = setup.Region;
        _ownDoorbell = setup.OwnDoorbell;
        _peerDoorbell = setup.PeerDoorbell;
        _lifeline = setup.Lifeline;
        _claim = setup.Claim;
        _peerUserId = setup.PeerUserId;
        _reactor = reactor;
        _connection = connection;
    }

    /// <summary>
    /// Starts to watch the doorbell and the lifeline. Once. Where it fails, nothing is watched and all of it is the creator's again.
    /// </summary>
    internal void Watch()
    {
        Debug.Assert(_region.Unused is null, "A connection is started once.");
        _reactor.Register(_connection, _ownDoorbell, _lifeline);
        _region.Unused = OnUnused;
    }

    /// <summary>Both halves are closed: no further event of the doorbell is needed.</summary>
    internal void UnwatchDoorbell() => _reactor.UnregisterDoorbell(_connection, _ownDoorbell);

    /// <summary>After <see cref="UnwatchDoorbell"/>.</summary>
    internal void CloseDoorbells()
        => RunOnPeerThreadIfOtherUser(() =>
        {
            _ownDoorbell.Dispose();
            _peerDoorbell.Dispose();
        });

    /// <summary>The lifeline hung up. Reactor thread; the region may have no reference any more.</summary>
    internal void OnHangUp()
    {
        // A client can make further events by opening and closing the pipe again. Only the first counts.
        if (_claim is not null && Interlocked.Exchange(ref _hungUp, 1) == 0)
        {
            Release();
        }
    }

    private void OnUnused()
    {
        if (_claim is null)
        {
            RunOnPeerThreadIfOtherUser(Unmap);
        }
        else
        {
            Release();
        }
    }

    /// <summary>
    /// The peer's lifeline hangs up with this. Not before the memory is unused: the server then removes its pages, and memory that a pipe
    /// has handed out, as well as the states, would turn to zeros.
    /// </summary>
    private void Unmap()
    {
        _region.Unmap();
        _reactor.UnregisterLifeline(_connection, _lifeline);
        _lifeline.Dispose();
    }

    /// <summary>
    /// One of the two holders of a server's connection has released it: the client, by its end of the lifeline, or the users of the memory
    /// in this process. After the second the memory is returned and the place among the limits is free.
    /// </summary>
    /// <remarks>
    /// Not at the end of the connection: the client may still read what was published, and a client that keeps the memory would occupy more
    /// than its limits each time it connects.
    /// </remarks>
    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            // Also for a peer of our own user: a client can hold the lock of the file's inode, by a write whose page fault is not answered.
            PeerThread.Run(_peerUserId, ReturnMemory);
        }
    }

    private void ReturnMemory()
    {
        // The client may have kept the memfd, which keeps the pages: they are charged to this process until they are removed.
        _region.RemovePages();
        Unmap();
        _claim!.Dispose();
    }

    /// <summary>A peer of another user can block this work: on the peer thread it delays connections of that user only.</summary>
    private void RunOnPeerThreadIfOtherUser(Action work)
    {
        if (_ownDoorbell.IsBetweenUsers)
        {
            PeerThread.Run(_peerUserId, work);
        }
        else
        {
            work();
        }
    }
}
