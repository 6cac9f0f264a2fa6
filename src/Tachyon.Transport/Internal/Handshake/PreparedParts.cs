using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// The parts of one connection that a listener makes before the client comes: a client then waits less for its reply. Made when a client of
/// the server's own user has connected, since another often follows, and closed after a second without. No client has ever seen them, and
/// none of their pages exists yet.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class PreparedParts(int capacity0, int capacity1, string path) : IDisposable
{
    internal const int KeptMilliseconds = 1_000;

    private readonly Lock _lock = new();
    private ConnectionParts? _parts;
    private long _releaseAt;
    private bool _disposed;

    /// <summary>Whether there are some: <see cref="ReleaseIfUnused"/> is due after <see cref="KeptMilliseconds"/>.</summary>
    internal bool AreThere
    {
        get
        {
            lock (_lock)
            {
                return _parts is not null;
            }
        }
    }

    /// <summary>Takes the parts, if those that are there fit; makes them otherwise.</summary>
    /// <inheritdoc cref="ConnectionParts.Create"/>
    internal ConnectionParts Take(int capacity0OfClient, int capacity1OfClient, bool betweenUsers)
        => !betweenUsers && capacity0OfClient == capacity0 && capacity1OfClient == capacity1 && TakeOut() is { } parts
            ? parts
            : ConnectionParts.Create(capacity0OfClient, capacity1OfClient, path, betweenUsers);

    /// <summary>Makes the parts for the next client, if there are none. A failure is the next client's to find.</summary>
    internal void Prepare()
    {
        lock (_lock)
        {
            if (_disposed || _parts is not null)
            {
                return;
            }
        }

        ConnectionParts parts;
        try
        {
            parts = ConnectionParts.Create(capacity0, capacity1, path, betweenUsers: false);
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            return;
        }

        lock (_lock)
        {
            if (!_disposed && _parts is null)
            {
                _parts = parts;
                _releaseAt = Environment.TickCount64 + KeptMilliseconds;
                return;
            }
        }

        parts.Close();
    }

    /// <summary>Closes the parts when no client has come for a while.</summary>
    internal void ReleaseIfUnused()
    {
        lock (_lock)
        {
            if (_parts is null || Environment.TickCount64 < _releaseAt)
            {
                return;
            }
        }

        Release();
    }

    /// <summary>Closes the parts: their descriptors are needed for something else.</summary>
    internal void Release() => TakeOut()?.Close();

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        Release();
    }

    private ConnectionParts? TakeOut()
    {
        lock (_lock)
        {
            var parts = _parts;
            _parts = null;
            return parts;
        }
    }
}
