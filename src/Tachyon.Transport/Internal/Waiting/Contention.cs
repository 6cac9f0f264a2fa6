namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// Whether other threads want the cores that polling would use. Polling takes a thread's share of its core, and the scheduler then lets it
/// wait for whole time slices, just when a message has come: docs/adr/0026-busy-machines.md has the numbers.
/// </summary>
/// <remarks>
/// The poller measures its own passes: an idle one that takes long was interrupted. Single interruptions happen on every machine. Where
/// they take more than an eighth of the time, nothing is polled for a while; the while doubles when a later try soon ends in the same way.
/// <para>Written by the poller, of which one runs at a time; read by the reactor.</para>
/// </remarks>
internal sealed class Contention
{
    // An idle pass with its yield takes some microseconds.
    private static readonly long s_interruption = Ticks.OfMicroseconds(500);

    // The threads of both processes interrupt each other, too, also several times in a row: some time slices of the scheduler.
    private static readonly long s_tooMuch = Ticks.OfMicroseconds(12_000);

    // The part of the time that may be lost. On a quiet machine with two cores it is about a fifteenth, beside one endless loop a sixth,
    // beside two nearly all.
    private const int LostPart = 8;

    // How long nothing is polled.
    private static readonly long s_shortest = Ticks.OfMicroseconds(200_000);
    private static readonly long s_longest = Ticks.OfMicroseconds(5_000_000);

    private long _until;
    private long _length;
    private long _lost;
    private long _lastInterruption;

    /// <summary>Whether polling is not worth it now.</summary>
    internal bool IsOn(long now) => now < Volatile.Read(ref _until);

    /// <summary>A pass that found nothing, and the pause before it, took so long.</summary>
    internal void OnIdlePass(long now, long elapsed)
    {
        if (elapsed < s_interruption)
        {
            return;
        }

        // A leaky bucket.
        _lost = Math.Max(0, _lost - ((now - _lastInterruption) / LostPart)) + elapsed;
        _lastInterruption = now;
        if (_lost < s_tooMuch)
        {
            return;
        }

        _lost = 0;
        _length = _length > 0 && now - _until < s_longest ? Math.Min(2 * _length, s_longest) : s_shortest;
        Volatile.Write(ref _until, now + _length);
    }
}
