using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The thread of a listener that accepts clients and waits for the bytes of handshakes. It does nothing else: what may block runs on
/// <see cref="HandshakeWorkers"/>. Nothing here needs the thread pool, which the application may block
/// (docs/adr/0021-threads-of-the-handshake.md).
/// </summary>
internal sealed unsafe class HandshakeLoop
{
    private const int MaxEvents = 64;
    private const int TickMilliseconds = 50;
    private const int BlockedCheckMilliseconds = 5;
    private const long WakeKey = 0;
    private const long ListeningKey = 1;

    private readonly SafeHandle _listening;
    private readonly Func<bool> _wantsClients;
    private readonly Action _accept;
    private readonly Action _ended;
    private readonly HandshakeWorkers _workers;
    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle? _wake;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, HandshakeWait> _waits = [];
    private long _lastKey = ListeningKey;
    private bool _sleepsWithoutTimeout;
    private bool _stopped;

    /// <param name="listening">Watched for clients while <paramref name="wantsClients"/> returns true.</param>
    /// <param name="wantsClients">Called on the thread of the loop, before each wait.</param>
    /// <param name="accept">Called on the thread of the loop when a client waits. Must neither block nor throw.</param>
    /// <param name="ended">Called on the thread of the loop at its end.</param>
    /// <param name="workers">Continue the handshakes.</param>
    internal HandshakeLoop(SafeHandle listening, Func<bool> wantsClients, Action accept, Action ended, HandshakeWorkers workers)
    {
        _listening = listening;
        _wantsClients = wantsClients;
        _accept = accept;
        _ended = ended;
        _workers = workers;
        _epoll = Libc.EpollCreate1(Libc.EpollCloexec);
        if (_epoll.IsInvalid)
        {
            throw Errno.LastError("epoll_create1", "create the event queue of a listener");
        }

        var wake = Libc.EventFd(0, Libc.EfdCloexec | Libc.EfdNonblock);
        if (wake.IsInvalid)
        {
            // A sandbox that refuses eventfds leaves plain sockets to serve: the thread then checks every 50 ms whether it is needed.
            wake.Dispose();
            return;
        }

        // Edge-triggered: every write is one event, and the counter need never be read (epoll(7)).
        _wake = wake;
        Control(Libc.EpollCtlAdd, _wake, Libc.EpollIn | Libc.EpollEdgeTriggered, WakeKey);
    }

    internal void Start() => new Thread(Run) { IsBackground = true, Name = "Tachyon accept" }.UnsafeStart();

    /// <summary>Ends the loop and all waits.</summary>
    internal void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Wake();
        }
    }

    /// <summary>Makes the thread ask again whether clients are wanted.</summary>
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

    /// <summary>Waits until the socket is readable or the deadline has passed. The result comes on a thread of the workers.</summary>
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
                Control(Libc.EpollCtlAdd, socket.SafeHandle, Libc.EpollIn, wait.Key);
            }

            _waits.Add(wait.Key, wait);
            if (_sleepsWithoutTimeout)
            {
                // It has to watch the deadline from now on.
                _sleepsWithoutTimeout = false;
                Wake();
            }
        }
    }

    /// <summary>Ends a wait early. Does nothing to one that has ended.</summary>
    internal void Cancel(HandshakeWait wait) => End(wait.Key, WaitOutcome.Canceled);

    private void End(long key, WaitOutcome outcome)
    {
        HandshakeWait? wait;
        lock (_lock)
        {
            if (!_waits.Remove(key, out wait))
            {
                return;
            }

            if (wait.Socket is { } socket)
            {
                var unused = stackalloc byte[EpollEvent.Size];
                _ = Libc.EpollCtl(_epoll, Libc.EpollCtlDel, socket.SafeHandle, unused);
            }
        }

        _workers.Run(() => wait.Complete(outcome));
    }

    private void Run()
    {
        var events = (byte*)NativeMemory.AllocZeroed((nuint)(MaxEvents * EpollEvent.Size));
        var watches = false;
        while (!Volatile.Read(ref _stopped))
        {
            var wanted = _wantsClients();
            if (wanted != watches && TryWatchListening(wanted))
            {
                watches = wanted;
            }

            var count = Libc.EpollWait(_epoll, events, MaxEvents, NextTimeout(idle: watches));
            for (var i = 0; i < count; i++)
            {
                var key = EpollEvent.Data(events + (i * EpollEvent.Size));
                if (key == ListeningKey)
                {
                    _accept();
                }
                else if (key != WakeKey)
                {
                    End(key, WaitOutcome.Readable);
                }
            }

            EndExpired();
        }

        EndAll();
        NativeMemory.Free(events);
        _epoll.Dispose();
        _wake?.Dispose();
        _ended();
        _workers.Stop();
    }

    private int NextTimeout(bool idle)
    {
        var blocked = _workers.GrowIfBlocked();
        lock (_lock)
        {
            _sleepsWithoutTimeout = false;
            if (_stopped)
            {
                return 0;
            }

            if (blocked)
            {
                return BlockedCheckMilliseconds;
            }

            if (_waits.Count > 0)
            {
                var next = _waits.Values.Min(static wait => wait.Deadline) - Environment.TickCount64;
                return (int)Math.Clamp(next, 1, TickMilliseconds);
            }

            _sleepsWithoutTimeout = idle && _wake is not null;
            return _sleepsWithoutTimeout ? -1 : TickMilliseconds;
        }
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

        expired?.ForEach(key => End(key, WaitOutcome.TimedOut));
    }

    private void EndAll()
    {
        List<long> all;
        lock (_lock)
        {
            all = [.. _waits.Keys];
        }

        all.ForEach(key => End(key, WaitOutcome.Stopped));
    }

    private bool TryWatchListening(bool watch)
    {
        var epollEvent = stackalloc byte[EpollEvent.Size];
        EpollEvent.Set(epollEvent, Libc.EpollIn, ListeningKey);
        return Libc.EpollCtl(_epoll, watch ? Libc.EpollCtlAdd : Libc.EpollCtlDel, _listening, epollEvent) == 0;
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
