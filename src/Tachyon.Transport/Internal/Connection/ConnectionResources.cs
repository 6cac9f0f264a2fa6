using System.Diagnostics;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>
/// What a connection holds of the system, and the order in which it is released: doorbells, memory, lifeline, claim. Where both sides
/// agreed on it, all but the claim is kept for a moment, and becomes the next connection's (<see cref="ReusableMemory"/>).
/// </summary>
internal sealed class ConnectionResources
{
    private readonly SharedRegion _region;
    private readonly Doorbell _ownDoorbell;
    private readonly Doorbell _peerDoorbell;
    private readonly Lifeline _lifeline;
    private readonly IDisposable? _claim;
    private readonly uint _peerUserId;
    private readonly WatchedConnection _connection;
    private readonly ConnectionResources? _before;
    private readonly Lock _lock = new();

    // The client and the users of the memory in this process; see Release.
    private int _holders = 2;
    private int _clientReleased;
    private bool _isHungUp;
    private bool _isGivenUp;

    internal ConnectionResources(ConnectionSetup setup, Reactor reactor, WatchedConnection connection)
    {
        _region = setup.Region;
        _ownDoorbell = setup.OwnDoorbell;
        _peerDoorbell = setup.PeerDoorbell;
        _lifeline = setup.Lifeline;
        _claim = setup.Claim;
        _peerUserId = setup.PeerUserId;
        _before = setup.Before;
        ReusePlace = setup.ReusePlace;
        Reactor = reactor;
        _connection = connection;
    }

    /// <summary>Watches the descriptors.</summary>
    internal Reactor Reactor { get; }

    /// <summary>Where and under which number it is kept after the end; null where it is returned at once.</summary>
    internal ReusePlace? ReusePlace { get; }

    /// <summary>When it began to be kept, in <see cref="Environment.TickCount64"/>.</summary>
    internal long KeptSince { get; set; }

    internal int Capacity0 => _region.Capacity0;

    internal int Capacity1 => _region.Capacity1;

    /// <summary>
    /// Starts to watch the doorbell and the lifeline. Once. Where it fails, nothing is watched and all of it is the creator's again.
    /// </summary>
    internal void Watch()
    {
        Debug.Assert(_region.Unused is null, "A connection is started once.");
        if (_before is { } before)
        {
            Reactor.Move(before._connection, _connection, _ownDoorbell, _lifeline);
        }
        else
        {
            Reactor.Register(_connection, _ownDoorbell, _lifeline);
        }

        _region.Unused = OnUnused;
    }

    /// <summary>Both halves are closed: no further event is needed, but that the client has released memory to keep.</summary>
    internal void UnwatchDoorbell()
    {
        if (ReusePlace is null)
        {
            Reactor.UnregisterDoorbell(_connection, _ownDoorbell);
        }
    }

    /// <summary>After <see cref="UnwatchDoorbell"/>.</summary>
    internal void CloseDoorbells()
    {
        if (ReusePlace is null)
        {
            RunOnPeerThreadIfOtherUser(DisposeDoorbells);
        }
    }

    /// <summary>The lifeline hung up. Reactor thread; the region may have no reference any more.</summary>
    internal void OnHangUp()
    {
        // Before the store is locked; TryKeep looks at it after the store was.
        Volatile.Write(ref _isHungUp, true);
        if (ReusePlace?.Store.Remove(this) == true)
        {
            Return();
        }
        else if (_claim is not null)
        {
            ReleaseForClient();
        }
    }

    /// <summary>An event that finds the memory without a user in this process.</summary>
    internal void OnEventAfterUse()
    {
        if (_claim is not null)
        {
            ReleaseIfClientHas();
        }
    }

    /// <summary>What is kept becomes the next connection's. Once, by the one that took it out of the store.</summary>
    /// <param name="mode">How the next connection waits.</param>
    /// <param name="claim">Of a server: its place among the limits.</param>
    internal ConnectionSetup Reuse(TachyonWaitMode mode, IDisposable? claim)
    {
        Debug.Assert(claim is null == _claim is null, "The side stays the same.");
        GiveUp();
        return new ConnectionSetup
        {
            Region = _region.Reuse(),
            IsServer = claim is not null,
            OwnDoorbell = Doorbell.Receive(_ownDoorbell.Descriptor, betweenUsers: false),
            PeerDoorbell = Doorbell.Receive(_peerDoorbell.Descriptor, betweenUsers: false),
            Lifeline = _lifeline,
            Mode = mode,
            PeerUserId = _peerUserId,
            Claim = claim,
            Before = this,
            ReusePlace = ReusePlace,
        };
    }

    /// <summary>Marks the memory as that of a connection again, at the server. By the one that took it out of the store.</summary>
    internal void Identify(int serverProcessId, int clientProcessId, uint applicationFeatures)
    {
        _region.ReuseNumber = ReusePlace!.Number;
        _region.Identify(serverProcessId, clientProcessId, applicationFeatures);
    }

    /// <summary>Back into the store: the server did not use it.</summary>
    internal void KeepAgain()
    {
        if (!TryKeep())
        {
            Return();
        }
    }

    /// <summary>Closes and unmaps all of it. By the one that took it out of the store.</summary>
    internal void Return()
    {
        if (_claim is null)
        {
            Unmap();
        }
        else
        {
            PeerThread.Run(_peerUserId, ReturnMemory);
        }
    }

    private void OnUnused()
    {
        if (_claim is not null)
        {
            if (ReusePlace is not null)
            {
                _region.AwaitRelease();
                ReleaseIfClientHas();
            }

            Release();
            return;
        }

        if (ReusePlace is not null)
        {
            if (_region.ReleaseByClient())
            {
                _peerDoorbell.RingAfterUse();
            }

            KeepAgain();
            return;
        }

        RunOnPeerThreadIfOtherUser(Unmap);
    }

    private bool TryKeep()
    {
        var store = ReusePlace!.Store;
        if (!store.TryAdd(this))
        {
            return false;
        }

        // After it was added: either this sees that the lifeline hung up, or OnHangUp finds it in the store.
        return !Volatile.Read(ref _isHungUp) || !store.Remove(this);
    }

    /// <summary>
    /// The peer's lifeline hangs up with this. Not before the memory is unused: the server then removes its pages, and memory that a pipe
    /// has handed out, as well as the states, would turn to zeros.
    /// </summary>
    private void Unmap()
    {
        if (ReusePlace is not null)
        {
            Reactor.UnregisterDoorbell(_connection, _ownDoorbell);
            DisposeDoorbells();
        }

        _region.Unmap();
        Reactor.UnregisterLifeline(_connection, _lifeline);
        _lifeline.Dispose();
    }

    private void DisposeDoorbells()
    {
        _ownDoorbell.Dispose();
        _peerDoorbell.Dispose();
    }

    private void ReleaseIfClientHas()
    {
        bool hasReleased;
        lock (_lock)
        {
            hasReleased = ReusePlace is not null && !_isGivenUp && _region.IsReleasedByClient;
        }

        if (hasReleased)
        {
            ReleaseForClient();
        }
    }

    // An event that was fetched before may still come to OnEventAfterUse, which must not look into the memory any more.
    private void GiveUp()
    {
        lock (_lock)
        {
            _isGivenUp = true;
        }
    }

    // Once: a client can make further events, by opening and closing the pipe again, for example.
    private void ReleaseForClient()
    {
        if (Interlocked.Exchange(ref _clientReleased, 1) == 0)
        {
            Release();
        }
    }

    /// <summary>
    /// One of the two holders of a server's connection has released it: the client, by its end of the lifeline or by the word for it, or
    /// the users of the memory in this process. After the second the memory is kept or returned, and the place among the limits is free.
    /// </summary>
    /// <remarks>
    /// Not at the end of the connection: the client may still read what was published, and a client that keeps the memory would occupy more
    /// than its limits each time it connects.
    /// </remarks>
    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
        {
            return;
        }

        if (ReusePlace is not null && !Volatile.Read(ref _isHungUp))
        {
            // Before another thread can take it out. Tools take it for memory that was prepared.
            _region.ClearHeader();
            if (TryKeep())
            {
                _claim!.Dispose();
                return;
            }
        }

        // Also for a peer of our own user: a client can hold the lock of the file's inode, by a write whose page fault is not answered.
        PeerThread.Run(_peerUserId, ReturnMemory);
    }

    private void ReturnMemory()
    {
        GiveUp();

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
