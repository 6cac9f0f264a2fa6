using System.Diagnostics;

namespace Tachyon.Transport.Internal.Ring;

/// <summary>
/// Asserts that one thread at a time uses what has one owner. Plain reads and writes: it finds a second user with some luck, adds no fence
/// that could hide a missing one, and does nothing in Release.
/// </summary>
internal struct OwnerCheck
{
    private bool _inUse;

    [Conditional("DEBUG")]
    internal void Begin()
    {
        Debug.Assert(!_inUse, "One thread at a time uses this half of a ring.");
        _inUse = true;
    }

    [Conditional("DEBUG")]
    internal void End()
    {
        _inUse = false;
    }
}
