using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// The thread of <see cref="TachyonWaitMode.Spin"/>: looks at every spinning connection all the time, so that its peers never make a
/// system call to wake it. One per process; it sleeps only while there is no such connection.
/// </summary>
internal sealed class SpinThread
{
    internal static readonly SpinThread Shared = new();

    // Some tens of microseconds.
    private const int LooksPerYield = 1024;

    // A plain object: Monitor can wait on it.
    private readonly object _lock = new();
    private ConnectionCore[] _ends = [];
    private bool _started;

    /// <summary>Starts the thread, if that was not done; it sleeps until there is something to look at.</summary>
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

    internal void Add(ConnectionCore end)
    {
        if (!end.Region.TryAddReference())
        {
            return;
        }

        lock (_lock)
        {
            Volatile.Write(ref _ends, [.. _ends, end]);
            Monitor.Pulse(_lock);
        }
    }

    private void Run()
    {
        int vain = 0;
        while (true)
        {
            ConnectionCore[] ends = Volatile.Read(ref _ends);
            if (ends.Length == 0)
            {
                WaitForWork();
                continue;
            }

            bool progress = false;
            foreach (ConnectionCore end in ends)
            {
                progress |= end.Poll();
                if (end.IsClosed)
                {
                    Remove(end);
                }
            }

            if (progress)
            {
                vain = 0;
            }
            else if (++vain % LooksPerYield == 0)
            {
                // Never between the messages of a busy connection; but where there are fewer cores than threads that want one, whoever
                // shall bring the next message must get to run.
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
            while (_ends.Length == 0)
            {
#pragma warning disable RS0030 // The spin thread's own thread, and it has no connection to serve.
                Monitor.Wait(_lock);
#pragma warning restore RS0030
            }
        }
    }

    private void Remove(ConnectionCore end)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(_ends, end);
            Volatile.Write(ref _ends, [.. _ends[..index], .. _ends[(index + 1)..]]);
        }

        end.Region.Release();
    }
}
