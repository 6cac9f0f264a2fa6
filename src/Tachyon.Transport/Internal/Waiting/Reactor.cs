using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// The thread that waits for the connections of the process, or for a share of them (<see cref="Reactors"/>): it sleeps in epoll_wait until
/// a doorbell rings or a lifeline hangs up. At rest it has no timeout; while its poller is active it ticks, to take over if that starves.
/// </summary>
/// <remarks>
/// While messages come close together a thread of the pool waits beside it (<see cref="WaitingWorker"/>). Two events of one connection may
/// then be served by both at once: what they call claims waits and ends by compare-and-swap or exchange (<see cref="Waiter"/>).
/// </remarks>
internal sealed unsafe class Reactor
{
    private const int MaxEvents = 64;

    // Further events wake the reactor thread, which hands them to other workers while this one runs a continuation.
    private const int MaxEventsInPool = 1;
    private const int TickMilliseconds = 5;

    private readonly ConcurrentDictionary<long, WatchedConnection> _connections = new();
    private readonly ConcurrentDictionary<WatchedConnection, long> _keys = new();
    private readonly SafeFileHandle _epoll;
    private long _lastKey;

    internal Reactor()
    {
        Worker = new WaitingWorker(this);
        _epoll = Libc.EpollCreate1(Libc.EpollCloexec);
        if (_epoll.IsInvalid)
        {
            throw Errno.LastError("epoll_create1", "create the event queue of the transport");
        }

        new Thread(Run) { IsBackground = true, Name = "Tachyon reactor" }.UnsafeStart();
    }

    /// <summary>Polls the active ones of the connections.</summary>
    internal Poller Poller { get; } = new();

    /// <summary>Waits beside the reactor thread while messages come close together and are not polled for.</summary>
    internal WaitingWorker Worker { get; }

    internal void Register(WatchedConnection connection, Doorbell doorbell, Lifeline lifeline)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _connections[key] = connection;
        _keys[connection] = key;
        try
        {
            // Edge-triggered: every write to the eventfd is one event, and its counter need never be read (eventfd(2), epoll(7)).
            Control(Libc.EpollCtlAdd, doorbell.Descriptor, Libc.EpollIn | Libc.EpollEdgeTriggered, Data(key, isLifeline: false));

            // No event asked for: EPOLLHUP and EPOLLERR are always reported (epoll_ctl(2)).
            Control(Libc.EpollCtlAdd, lifeline.Descriptor, Libc.EpollEdgeTriggered, Data(key, isLifeline: true));
        }
        catch
        {
            UnregisterDoorbell(connection, doorbell);
            UnregisterLifeline(connection, lifeline);
            throw;
        }
    }

    /// <summary>
    /// The descriptors of a connection that has ended become those of another. As after <see cref="Register"/>, an event comes at once for
    /// a doorbell that has one by being watched, and for a lifeline that has hung up meanwhile (EPOLL_CTL_MOD, epoll_ctl(2)).
    /// </summary>
    internal void Move(WatchedConnection from, WatchedConnection to, Doorbell doorbell, Lifeline lifeline)
    {
        var wasWatched = _keys.TryRemove(from, out var old);
        Debug.Assert(wasWatched, "Both descriptors are watched until they are closed.");
        var key = Interlocked.Increment(ref _lastKey);
        _connections[key] = to;
        _keys[to] = key;

        // Of descriptors that are watched neither can fail (epoll_ctl(2)).
        Control(Libc.EpollCtlMod, doorbell.Descriptor, Libc.EpollIn | Libc.EpollEdgeTriggered, Data(key, isLifeline: false));
        Control(Libc.EpollCtlMod, lifeline.Descriptor, Libc.EpollEdgeTriggered, Data(key, isLifeline: true));

        // An event that was fetched already finds no connection and is dropped: its like comes with the new key.
        _connections.TryRemove(old, out _);
    }

    /// <summary>Ends the doorbell's events. The lifeline stays watched.</summary>
    internal void UnregisterDoorbell(WatchedConnection connection, Doorbell doorbell)
    {
        if (_keys.ContainsKey(connection))
        {
            Remove(doorbell.Descriptor);
        }
    }

    /// <summary>Ends the last events of a connection. After <see cref="UnregisterDoorbell"/>.</summary>
    internal void UnregisterLifeline(WatchedConnection connection, Lifeline lifeline)
    {
        if (!_keys.TryRemove(connection, out var key))
        {
            return;
        }

        Remove(lifeline.Descriptor);

        // An event that was fetched already finds no connection and is dropped.
        _connections.TryRemove(key, out _);
    }

    // Explicitly: the peer holds the same open files, so that closing our descriptors does not end the registration (epoll(7)).
    private void Remove(SafeFileHandle descriptor)
    {
        var unused = stackalloc byte[EpollEvent.Size];
        _ = Libc.EpollCtl(_epoll, Libc.EpollCtlDel, descriptor, unused);
    }

    private static long Data(long key, bool isLifeline) => (key << 1) | (isLifeline ? 1L : 0L);

    private void Control(int operation, SafeFileHandle fd, uint events, long data)
    {
        var epollEvent = stackalloc byte[EpollEvent.Size];
        EpollEvent.Set(epollEvent, events, data);
        if (Libc.EpollCtl(_epoll, operation, fd, epollEvent) != 0)
        {
            throw Errno.LastError("epoll_ctl", "watch a connection");
        }
    }

    /// <summary>
    /// Waits once for events, as the reactor thread does, and serves them. On a thread of the pool, which may run continuations itself.
    /// </summary>
    internal void WaitInPool(int timeoutMilliseconds)
    {
        var events = stackalloc byte[MaxEventsInPool * EpollEvent.Size];
        var count = Libc.EpollWait(_epoll, events, MaxEventsInPool, timeoutMilliseconds);
        Dispatch(events, count, inPool: true);
    }

    private void Run()
    {
        var events = (byte*)NativeMemory.AllocZeroed((nuint)(MaxEvents * EpollEvent.Size));
        var lastTick = Environment.TickCount64;
        while (true)
        {
            var polling = Poller.IsActive;
            var count = Libc.EpollWait(_epoll, events, MaxEvents, polling ? TickMilliseconds : -1);
            Dispatch(events, count, inPool: false);

            var now = Environment.TickCount64;
            if (polling && now - lastTick >= TickMilliseconds)
            {
                lastTick = now;
                Poller.ReclaimIfStalled();
            }
        }
    }

    private void Dispatch(byte* events, int count, bool inPool)
    {
        for (var i = 0; i < count; i++)
        {
            var data = EpollEvent.Data(events + (i * EpollEvent.Size));
            if (_connections.TryGetValue(data >> 1, out var connection))
            {
                Dispatch(connection, isLifeline: (data & 1) != 0, inPool);
            }
        }
    }

    private static void Dispatch(WatchedConnection connection, bool isLifeline, bool inPool)
    {
        if (isLifeline)
        {
            connection.OnHangUp();
        }

        if (!connection.Region.TryAddReference())
        {
            connection.OnEventAfterUse();
            return;
        }

        try
        {
            if (isLifeline)
            {
                connection.OnPeerGone();
            }
            else
            {
                connection.OnDoorbell(inPool);
            }
        }
#pragma warning disable CA1031 // An error of one connection must not end the thread that serves all of them.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            connection.Fail(exception);
        }
        finally
        {
            connection.Region.Release();
        }
    }
}
