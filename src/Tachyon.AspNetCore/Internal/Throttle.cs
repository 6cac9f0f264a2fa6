namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Says when something may be logged: at most once in a minute for each key, so that whoever attacks does not fill the disk, and counts
/// what was left unsaid.
/// </summary>
/// <remarks>Thread-safe. Never forgets a key: use few.</remarks>
internal sealed class Throttle<TKey>(TimeProvider time)
    where TKey : notnull
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (long Said, long Unsaid)> _last = [];

    internal bool TryAcquire(TKey key, out long unsaid)
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            bool known = _last.TryGetValue(key, out (long Said, long Unsaid) last);
            unsaid = last.Unsaid;
            if (known && time.GetElapsedTime(last.Said, now) < s_interval)
            {
                _last[key] = (last.Said, last.Unsaid + 1);
                return false;
            }

            _last[key] = (now, 0);
            return true;
        }
    }
}
