using System.Diagnostics;

namespace Tachyon.Transport.Internal.Pipelines;

/// <summary>
/// Lets one half of a connection be closed from any thread while its owner uses it: the last of the two, the closer or the owner, learns
/// that it must release the memory of the half. So the mapping never goes away during a copy, nor under memory that was handed out.
/// </summary>
internal struct OperationGate
{
    private const int Closed = 1;
    private const int Entered = 2;

    private int _state;

    internal readonly bool IsClosed => (Volatile.Read(in _state) & Closed) != 0;

    internal readonly bool IsEntered => (Volatile.Read(in _state) & Entered) != 0;

    /// <returns>False when the half is closed or an operation is running.</returns>
    internal bool TryEnter() => Interlocked.CompareExchange(ref _state, Entered, 0) == 0;

    /// <returns>True when the half was closed meanwhile: the caller releases it.</returns>
    internal bool Exit()
    {
        var state = Interlocked.Add(ref _state, -Entered);
        Debug.Assert(state is 0 or Closed, "Each entry is left once.");
        return state == Closed;
    }

    /// <summary>Once.</summary>
    /// <returns>True when no operation is running: the caller releases the half.</returns>
    internal bool Close() => Interlocked.Or(ref _state, Closed) == 0;
}
