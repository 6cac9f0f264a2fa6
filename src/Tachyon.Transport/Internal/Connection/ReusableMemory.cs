using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>
/// Memory and descriptors of connections that have ended, kept for the next connection between the same two processes: a client
/// that connects again then needs no new memory, descriptors, mappings and pages. Each is returned after a second without such a client.
/// </summary>
/// <remarks>
/// No byte can reach another client by it: the same process had this memory before, and still has it mapped. Thread-safe.
/// </remarks>
internal sealed class ReusableMemory : IDisposable
{
    internal const int KeptMilliseconds = 1_000;

    /// <summary>Of one listener, or of all clients of a process.</summary>
    internal const int Most = 4;

    /// <summary>Bytes of memory of a connection that is kept.</summary>
    internal const long MostBytes = 8 * 1024 * 1024;

    // A number that an earlier process gave must not be one of ours.
    private static long s_lastNumber = Random.Shared.NextInt64(1, long.MaxValue / 2);

    private readonly Lock _lock = new();
    private readonly List<ConnectionResources> _kept = new(Most);
    private readonly Timer _timer;
    private bool _isDisposed;

    internal ReusableMemory() => _timer = new Timer(_ => ReturnOld());

    /// <summary>Those of the clients of this process.</summary>
    internal static ReusableMemory OfClients { get; } = new();

    /// <summary>Whether memory of this size is kept at all.</summary>
    internal static bool Fits(int capacity0, int capacity1) => RegionLayout.FileSize(capacity0, capacity1) <= MostBytes;

    /// <summary>A number for memory that is made now; never 0.</summary>
    internal static ulong NextNumber() => (ulong)Interlocked.Increment(ref s_lastNumber);

    /// <returns>False when there are enough.</returns>
    internal bool TryAdd(ConnectionResources resources)
    {
        lock (_lock)
        {
            if (_isDisposed || _kept.Count == Most)
            {
                return false;
            }

            if (resources.KeptSince == 0)
            {
                resources.KeptSince = Environment.TickCount64;
                _kept.Add(resources);
            }
            else
            {
                _kept.Insert(0, resources);
            }

            if (_kept.Count == 1)
            {
                SetTimer();
            }

            return true;
        }
    }

    /// <summary>Takes out the oldest that fits: its peer has had the most time to end its use.</summary>
    internal ConnectionResources? Take(Predicate<ConnectionResources> fits)
    {
        lock (_lock)
        {
            var index = _kept.FindIndex(fits);
            if (index < 0)
            {
                return null;
            }

            var found = _kept[index];
            _kept.RemoveAt(index);
            return found;
        }
    }

    /// <returns>Whether it was there. Then the caller returns it.</returns>
    internal bool Remove(ConnectionResources resources)
    {
        lock (_lock)
        {
            return _kept.Remove(resources);
        }
    }

    /// <summary>Returns all of them: their descriptors are needed for something else.</summary>
    internal void ReturnAll() => Return(long.MaxValue);

    /// <summary>Returns all of them, and takes no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _timer.Dispose();
        ReturnAll();
    }

    private void ReturnOld()
    {
        Return(Environment.TickCount64 - KeptMilliseconds);
        lock (_lock)
        {
            if (_kept.Count > 0 && !_isDisposed)
            {
                SetTimer();
            }
        }
    }

    // Within the lock, with at least one there. What is put back keeps its time.
    private void SetTimer()
    {
        var left = _kept.Min(static kept => kept.KeptSince) + KeptMilliseconds - Environment.TickCount64;
        _timer.Change(Math.Max(left, 1), Timeout.Infinite);
    }

    private void Return(long since)
    {
        List<ConnectionResources> old;
        lock (_lock)
        {
            old = _kept.FindAll(kept => kept.KeptSince <= since);
            _kept.RemoveAll(old.Contains);
        }

        old.ForEach(static kept => kept.Return());
    }
}

/// <summary>Where one connection is kept after its end, and how it is found again.</summary>
/// <param name="Store">Where.</param>
/// <param name="Path">Where the server listens.</param>
/// <param name="PeerProcessId">The process of the other side.</param>
/// <param name="Number">The server's number of the memory.</param>
internal sealed record ReusePlace(ReusableMemory Store, string Path, int PeerProcessId, ulong Number);
