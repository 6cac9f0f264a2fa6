namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Limits a log message to one per interval for each key, so that an attacker cannot fill the disk, and counts the suppressed ones.
/// </summary>
/// <remarks>Thread-safe. Keeps every key for ever: use few.</remarks>
internal sealed class Throttle<TKey>(TimeProvider time, TimeSpan interval)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (long Logged, long Suppressed)> _last = [];

    /// <param name="key">What is limited.</param>
    /// <param name="suppressed">Messages of this key since the last one that was logged.</param>
    /// <returns>Whether the message may be logged.</returns>
    internal bool TryAcquire(TKey key, out long suppressed)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var known = _last.TryGetValue(key, out var last);
            suppressed = last.Suppressed;
            if (known && time.GetElapsedTime(last.Logged, now) < interval)
            {
                _last[key] = (last.Logged, last.Suppressed + 1);
                return false;
            }

            _last[key] = (now, 0);
            return true;
        }
    }
}
