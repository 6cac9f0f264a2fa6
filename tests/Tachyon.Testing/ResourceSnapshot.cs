using System.Diagnostics;
using System.Globalization;

namespace Tachyon.Testing;

/// <summary>What a process holds, as the kernel counts it from outside.</summary>
public sealed record ResourceSnapshot(int Descriptors, int RingMappings, int Threads, long Resident, long Anonymous)
{
    /// <summary>The thread pool adds and ends threads by itself; one thread for each connection would show by the hundred.</summary>
    private const int ThreadsOfThePool = 10;

    /// <summary>Memory that is kept for the next connection looks like that of one.</summary>
    private static readonly TimeSpan s_longerThanKept = TimeSpan.FromSeconds(1.2);

    public static ResourceSnapshot Take(int processId)
    {
        var process = processId.ToString(CultureInfo.InvariantCulture);
        return new ResourceSnapshot(
            ProcessFacts.Descriptors(process),
            ProcessFacts.RingMappings(process),
            ProcessFacts.Threads(process),
            ProcessFacts.ResidentBytes(process),
            ProcessFacts.AnonymousBytes(process));
    }

    /// <summary>
    /// What a process holds once it has held the same for a while, without what it has prepared or kept for a next client: it closes
    /// connections in the background.
    /// </summary>
    public static async Task<ResourceSnapshot> SettledAsync(int processId)
    {
        const int SameForLooks = 10;
        var last = Take(processId);
        var same = 0;
        var since = Stopwatch.GetTimestamp();
        await Watchdog.Until(
            () =>
            {
                var now = Take(processId);
                var isSame = now.Descriptors == last.Descriptors && now.RingMappings == last.RingMappings;
                if (!isSame || ProcessFacts.HasPreparedMemory(processId.ToString(CultureInfo.InvariantCulture)))
                {
                    same = 0;
                    since = Stopwatch.GetTimestamp();
                }

                last = now;
                return ++same > SameForLooks && (now.RingMappings == 0 || Stopwatch.GetElapsedTime(since) > s_longerThanKept);
            },
            $"process {processId} holds the same for a while").ConfigureAwait(false);
        return last;
    }

    /// <summary>
    /// Waits until a process holds no more descriptors and ring mappings than before. The comparison is exact, so that a leak of one in a
    /// hundred connections shows. Connections close in the background and no event reports the last one, hence the wait: it is longer than
    /// the 20 s after which an idle thread of the pool ends.
    /// </summary>
    /// <param name="processId">The process.</param>
    /// <param name="before">What it held before.</param>
    /// <param name="name">The process, as the message of a failure names it.</param>
    public static async Task AssertReturnedAsync(int processId, ResourceSnapshot before, string name)
    {
        ArgumentNullException.ThrowIfNull(before);
        var now = Take(processId);
        try
        {
            await Watchdog.Until(
                () =>
                {
                    now = Take(processId);
                    return now.Descriptors <= before.Descriptors
                        && now.RingMappings <= before.RingMappings
                        && now.Threads <= before.Threads + ThreadsOfThePool;
                },
                limit: TimeSpan.FromSeconds(40)).ConfigureAwait(false);
        }
        catch (HungException exception)
        {
            var descriptors = string.Join('\n', ProcessFacts.Links(processId.ToString(CultureInfo.InvariantCulture)));
            throw new HungException($"{name} holds {now} after {before}. Its descriptors:\n{descriptors}", exception);
        }
    }
}
