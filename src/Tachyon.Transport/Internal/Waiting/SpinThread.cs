namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// The thread of <see cref="TachyonWaitMode.Spin"/>: polls every connection in that mode all the time, so that their peers never make a
/// system call to wake it. One per process; it sleeps only while there is no such connection.
/// </summary>
internal sealed class SpinThread
{
    internal static readonly SpinThread Shared = new();

    // Some tens of microseconds.
    private const int PassesPerYield = 1024;

    // A plain object: Monitor can wait on it.
    private readonly object _lock = new();
    private WatchedConnection[] _connections = [];
    private bool _started;

    /// <summary>Starts the thread, if it was not started; it sleeps until there is a connection to poll.</summary>
    /// <exception cref="OutOfMemoryException">No further thread can be made; the next call tries again.</exception>
    internal void EnsureStarted()
    {
        lock (_lock)
        {
            if (!_started)
            {
                new Thread(Run) { IsBackground = true, Name = "Tachyon spin" }.UnsafeStart();
                _started = true;
            }
        }
    }

    internal void Add(WatchedConnection connection)
    {
        if (!connection.Region.TryAddReference())
        {
            return;
        }

        lock (_lock)
        {
            Volatile.Write(ref _connections, [.. _connections, connection]);
            Monitor.Pulse(_lock);
        }
    }

    private void Run()
    {
        var idlePasses = 0;
        while (true)
        {
            var connections = Volatile.Read(ref _connections);
            if (connections.Length == 0)
            {
                WaitForWork();
                continue;
            }

            var progress = false;
            foreach (var connection in connections)
            {
                progress |= connection.Poll();
                if (connection.IsClosed)
                {
                    Remove(connection);
                }
            }

            if (progress)
            {
                idlePasses = 0;
            }
            else if (++idlePasses % PassesPerYield == 0)
            {
                // Never between the messages of a busy connection; but where there are fewer cores than threads that need one, the thread
                // that brings the next message must get to run.
                _ = Thread.Yield();
            }
            else
            {
                Thread.SpinWait(1);
            }
        }
    }

    private void WaitForWork()
    {
        lock (_lock)
        {
            while (_connections.Length == 0)
            {
#pragma warning disable RS0030 // This is the spin thread, and it has no connection to serve.
                Monitor.Wait(_lock);
#pragma warning restore RS0030
            }
        }
    }

    private void Remove(WatchedConnection connection)
    {
        lock (_lock)
        {
            var index = Array.IndexOf(_connections, connection);
            Volatile.Write(ref _connections, [.. _connections[..index], .. _connections[(index + 1)..]]);
        }

        connection.Region.Release();
    }
}
