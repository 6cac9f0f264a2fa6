using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>
/// The wait of a reader: its cancellation token, and its turn. A field of the reader, used by the caller that has entered the reader's
/// gate.
/// </summary>
internal struct PendingRead
{
    // A reader that always finds data never returns to the thread that resumed it. After this many bytes it returns once, so that a poller
    // that runs it inline serves the other connections.
    private const long BytesPerTurn = 1024 * 1024;

    private long _turn;
    private CancellationTokenRegistration _tokenRegistration;
    private CancellationToken _token;

    internal readonly bool IsTurnOver => _turn >= BytesPerTurn;

    internal void Count(int bytes) => _turn += bytes;

    /// <summary>Begins to wait for data; the token cancels the wait.</summary>
    /// <returns>False when the reader waits and will be completed; true when there is something to do at once.</returns>
    internal bool Begin(DataWaiter waiter, CancellationToken token)
    {
        // Before the wait begins: once it has begun, the continuation may run on another thread at any moment.
        _token = token;
        _tokenRegistration = waiter.CancelBy(token);
        var yield = IsTurnOver;
        _turn = 0;
        return waiter.Begin(yield);
    }

    /// <summary>The wait has ended, or could not begin.</summary>
    /// <returns>The token of the wait.</returns>
    internal CancellationToken End()
    {
        // Waits for a callback that is running, so that none is left to cancel the next read.
        _tokenRegistration.Dispose();
        _tokenRegistration = default;
        var token = _token;
        _token = default;
        return token;
    }
}
