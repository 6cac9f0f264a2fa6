using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The two threads of a listener that accept clients and wait for the bytes of handshakes. The thread that an event wakes also does the
/// work, while the other one waits for the next event: a client that comes alone pays for one change of threads. Work that comes while
/// the other thread is at work, or is blocked there, goes to <see cref="HandshakeWorkers"/>. Nothing here needs the thread pool, which the
/// application may block (docs/adr/0021-threads-of-the-handshake.md).
/// </summary>
internal sealed unsafe class HandshakeLoop
{
    private const int TickMilliseconds = 50;
    private const int BlockedCheckMilliseconds = 5;
    private const long WakeKey = 0;
    private const long ListeningKey = 1;

    // On the threads of a loop.
    [ThreadStatic]
    private static bool s_isOfLoop;

    private readonly SafeHandle _listening;
    private readonly Func<bool> _wantsClients;
    private readonly Func<Action?> _accept;
    private readonly Action _ended;
    private readonly HandshakeWorkers _workers;
    private readonly PreparedParts _prepared;
    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle? _wake;
    private readonly Lock _watchLock = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<long, HandshakeWait> _waits = [];
    private long _lastKey = ListeningKey;

    // Of the threads: those that have not left for work, those that sleep, and those of them that look at the deadlines.
    private int _present = 2;
    private int _asleep;
    private int _asleepWithTimeout;
    private bool _isWatching;
    private bool _hasWatched;
    private bool _stopped;

    /// <param name="listening">Watched for clients while <paramref name="wantsClients"/> returns true.</param>
    /// <param name="wantsClients">Called on a thread of the loop, never on both at a time.</param>
    /// <param name="accept">
    /// Called when a client waits, once for each time that <paramref name="wantsClients"/> returned true. Must neither block nor throw.
    /// Returns the work that is due, which may block; null when there is none.
    /// </param>
    /// <param name="ended">Called on a thread of the loop at its end: nothing is accepted any more.</param>
    /// <param name="workers">Do what the threads of the loop do not do themselves.</param>
    /// <param name="prepared">Released after a time without clients.</param>
    internal HandshakeLoop(
        SafeHandle listening,
        Func<bool> wantsClients,
        Func<Action?> accept,
        Action ended,
        HandshakeWorkers workers,
        PreparedParts prepared)
    {
        _listening = listening;
        _wantsClients = wantsClients;
        _accept = accept;
        _ended = ended;
        _workers = workers;
        _prepared = prepared;
        _epoll = Libc.EpollCreate1(Libc.EpollCloexec);
        if (_epoll.IsInvalid)
        {
            throw Errno.LastError("epoll_create1", "create the event queue of a listener");
        }

        var wake = Libc.EventFd(0, Libc.EfdCloexec | Libc.EfdNonblock);
        if (wake.IsInvalid)
        {
            // A sandbox that refuses eventfds leaves plain sockets to serve: the threads then check every 50 ms whether they are needed.
            wake.Dispose();
            return;
        }

        // Edge-triggered: every write wakes one thread, and the counter need never be read (epoll(7)).
        _wake = wake;
        Control(Libc.EpollCtlAdd, _wake, Libc.EpollIn | Libc.EpollEdgeTriggered, WakeKey);
    }

    /// <summary>Whether this thread is one of a loop: it returns there when the work under way has returned.</summary>
    internal static bool RunsHere => s_isOfLoop;

    internal void Start()
    {
        StartThread();
        try
        {
            StartThread();
        }
        catch (OutOfMemoryException)
        {
            // The limit on threads. One is enough: the workers then do all work.
            lock (_lock)
            {
                _present--;
            }
        }

        void StartThread() => new Thread(Run) { IsBackground = true, Name = "Tachyon accept" }.UnsafeStart();
    }

    /// <summary>Ends the loop and all waits. Work under way goes on.</summary>
    internal void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Wake();
        }
    }

    /// <summary>Makes a thread ask again whether clients are wanted.</summary>
    internal void Wake()
    {
        if (_wake is null)
        {
            return;
        }

        ulong one = 1;
        try
        {
            _ = Libc.Write(_wake, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended.
        }
    }

    /// <summary>
    /// Waits until the socket is readable or the deadline has passed. The result comes on a thread of the loop or of the workers.
    /// </summary>
    /// <param name="wait">The wait; not in use.</param>
    /// <param name="socket">Must stay open meanwhile. Null: wait for the deadline only.</param>
    internal void Begin(HandshakeWait wait, Socket? socket)
    {
        lock (_lock)
        {
            if (_stopped)
            {
                _workers.Run(() => wait.Complete(WaitOutcome.Stopped));
                return;
            }

            wait.Key = ++_lastKey;
            wait.Socket = socket;
            if (socket is not null)
            {
                Control(Libc.EpollCtlAdd, socket.SafeHandle, Libc.EpollIn | Libc.EpollOneShot, wait.Key);
            }

            _waits.Add(wait.Key, wait);

            // A thread of the loop returns to it now, and looks at the deadline there.
            if (!s_isOfLoop)
            {
                WakeToLook();
            }
        }
    }

    /// <summary>Ends a wait early. Does nothing to one that has ended.</summary>
    internal void Cancel(HandshakeWait wait)
    {
        if (End(wait.Key, WaitOutcome.Canceled) is { } work)
        {
            _workers.Run(work);

            // For the case that all workers are blocked.
            Wake();
        }
    }

    /// <returns>What continues the handshake; null when the wait has ended before.</returns>
    private Action? End(long key, WaitOutcome outcome)
    {
        HandshakeWait? wait;
        lock (_lock)
        {
            if (!_waits.Remove(key, out wait))
            {
                return null;
            }

            if (wait.Socket is { } socket)
            {
                var unused = stackalloc byte[EpollEvent.Size];
                _ = Libc.EpollCtl(_epoll, Libc.EpollCtlDel, socket.SafeHandle, unused);
            }
        }

        return () => wait.Complete(outcome);
    }

    private void Run()
    {
        s_isOfLoop = true;
        var happened = stackalloc byte[EpollEvent.Size];
        while (!Volatile.Read(ref _stopped))
        {
            WatchListening();
            var timeout = FallAsleep();

            // One event at a time: the other thread takes the next.
            var count = Libc.EpollWait(_epoll, happened, 1, timeout);
            var work = count == 1 ? Take(EpollEvent.Data(happened)) : _workers.TryTakeUnserved();
            if (WakeUp(timeout, leaves: work is not null))
            {
                HandshakeWorkers.RunHere(work!);
                if (!Return())
                {
                    return;
                }
            }
            else if (work is not null)
            {
                _workers.Run(work);
            }

            EndExpired();
            _prepared.ReleaseIfUnused();
        }

        Leave();
    }

    private Action? Take(long key)
    {
        if (key == WakeKey)
        {
            return null;
        }

        if (key != ListeningKey)
        {
            return End(key, WaitOutcome.Readable);
        }

        var work = _accept();
        lock (_watchLock)
        {
            // Partner: WakeToLook, which this thread calls before it leaves. A thread that fell asleep before may have seen the old value.
            _isWatching = false;
        }

        // For the other thread.
        WatchListening();
        return work;
    }

    /// <summary>Watches for one client, if clients are wanted: an event is the only one until the next call.</summary>
    private void WatchListening()
    {
        // Not the other lock: whether clients are wanted may end waits.
        lock (_watchLock)
        {
            if (_isWatching || Volatile.Read(ref _stopped) || !_wantsClients())
            {
                return;
            }

            var epollEvent = stackalloc byte[EpollEvent.Size];
            EpollEvent.Set(epollEvent, Libc.EpollIn | Libc.EpollOneShot, ListeningKey);
            _isWatching = Libc.EpollCtl(_epoll, _hasWatched ? Libc.EpollCtlMod : Libc.EpollCtlAdd, _listening, epollEvent) == 0;
            _hasWatched |= _isWatching;
        }
    }

    /// <returns>How long to sleep at most, in milliseconds; -1 without a limit.</returns>
    private int FallAsleep()
    {
        var blocked = _workers.GrowIfBlocked();
        lock (_lock)
        {
            _asleep++;
            var timeout = _stopped ? 0 : blocked ? BlockedCheckMilliseconds : NextDeadline();
            if (timeout >= 0)
            {
                _asleepWithTimeout++;
            }

            return timeout;
        }
    }

    private int NextDeadline()
    {
        if (_waits.Count > 0)
        {
            var next = _waits.Values.Min(static wait => wait.Deadline) - Environment.TickCount64;
            return (int)Math.Clamp(next, 1, TickMilliseconds);
        }

        // Not while the other thread does it.
        return !Volatile.Read(ref _isWatching) || _wake is null ? TickMilliseconds
            : _asleepWithTimeout == 0 && _prepared.AreThere ? PreparedParts.KeptMilliseconds
            : -1;
    }

    /// <returns>Whether this thread may leave the loop for work: the other one stays.</returns>
    private bool WakeUp(int timeout, bool leaves)
    {
        lock (_lock)
        {
            _asleep--;
            if (timeout >= 0)
            {
                _asleepWithTimeout--;
            }

            if (!leaves || _asleep == 0 || _stopped)
            {
                return false;
            }

            _present--;
            WakeToLook();
            return true;
        }
    }

    /// <summary>
    /// Makes a thread that sleeps without a limit look at the deadlines, and ask whether clients are wanted again, if none does. With the
    /// lock.
    /// </summary>
    private void WakeToLook()
    {
        if ((_waits.Count > 0 || !Volatile.Read(ref _isWatching)) && _asleepWithTimeout == 0 && _asleep > 0)
        {
            Wake();
        }
    }

    /// <summary>A thread comes back from work.</summary>
    /// <returns>False when the loop has ended.</returns>
    private bool Return()
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return false;
            }

            _present++;
            return true;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _present--;
            if (_present > 0)
            {
                // The write of Stop has woken one thread.
                Wake();
                return;
            }
        }

        EndAll();
        _epoll.Dispose();
        _wake?.Dispose();
        _prepared.Dispose();
        _ended();
        _workers.Stop();
    }

    private void EndExpired()
    {
        var now = Environment.TickCount64;
        List<long>? expired = null;
        lock (_lock)
        {
            foreach (var wait in _waits.Values)
            {
                if (wait.Deadline <= now)
                {
                    (expired ??= []).Add(wait.Key);
                }
            }
        }

        expired?.ForEach(key => RunElsewhere(End(key, WaitOutcome.TimedOut)));
    }

    private void EndAll()
    {
        List<long> all;
        lock (_lock)
        {
            all = [.. _waits.Keys];
        }

        all.ForEach(key => RunElsewhere(End(key, WaitOutcome.Stopped)));
    }

    private void RunElsewhere(Action? work)
    {
        if (work is not null)
        {
            _workers.Run(work);
        }
    }

    private void Control(int operation, SafeHandle fd, uint events, long key)
    {
        var epollEvent = stackalloc byte[EpollEvent.Size];
        EpollEvent.Set(epollEvent, events, key);
        if (Libc.EpollCtl(_epoll, operation, fd, epollEvent) != 0)
        {
            throw Errno.LastError("epoll_ctl", "wait for a client");
        }
    }
}
