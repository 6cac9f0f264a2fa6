using System.Globalization;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>What a process holds, as the kernel counts it from outside.</summary>
internal sealed record Holdings(int Descriptors, int RingMappings, int Threads, long Resident, long Anonymous)
{
    /// <summary>The pool has more or fewer of them as it likes; one for each connection would show by the hundred.</summary>
    private const int ThreadsOfThePool = 10;

    public static Holdings Of(int processId)
    {
        string process = processId.ToString(CultureInfo.InvariantCulture);
        return new Holdings(
            ProcessFacts.Descriptors(process),
            ProcessFacts.RingMappings(process),
            ProcessFacts.Threads(process),
            ProcessFacts.ResidentBytes(process),
            ProcessFacts.AnonymousBytes(process));
    }

    /// <summary>
    /// Waits until a process holds no more descriptors and ring mappings than before. Exactly: a leak of one in a hundred connections
    /// shows. Connections close in the background and no event tells when the last one is gone, hence the wait; longer than the 20 s
    /// after which a thread of the pool that has nothing to do ends.
    /// </summary>
    public static async Task BackToAsync(int processId, Holdings before, string who)
    {
        Holdings now = Of(processId);
        try
        {
            await Watchdog.Until(
                () =>
                {
                    now = Of(processId);
                    return now.Descriptors <= before.Descriptors
                        && now.RingMappings <= before.RingMappings
                        && now.Threads <= before.Threads + ThreadsOfThePool;
                },
                limit: TimeSpan.FromSeconds(40));
        }
        catch (HungException)
        {
            Assert.Fail($"{who} holds {now} after {before}.");
        }
    }
}
