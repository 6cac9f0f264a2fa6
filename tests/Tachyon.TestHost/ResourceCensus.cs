namespace Tachyon.TestHost;

/// <summary>What the kernel counts for a process.</summary>
public sealed record ResourceCensus(int Descriptors, int Mappings, int Threads)
{
    /// <summary>Takes the counts of this process once they stand still.</summary>
    public static async Task<ResourceCensus> SettleAsync()
    {
        // Connections close in the background, and no event tells when the last one has gone: look until the counts are the
        // same for a while. What never comes down is a leak, and the caller sees it in the numbers.
        const int SameForLooks = 10;
        var last = Take();
        for (var same = 0; same < SameForLooks;)
        {
            await Task.Delay(50);
            var now = Take();
            same = now.Descriptors == last.Descriptors && now.Mappings == last.Mappings ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    public static ResourceCensus Take()
    {
        // Finalizers are allowed to be the last resort; run them so that they don't look like leaks.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Of(Environment.ProcessId);
    }

    /// <summary>The counts of any process of the same user, without its help.</summary>
    public static ResourceCensus Of(int processId) => new(
        Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length,
        File.ReadAllLines($"/proc/{processId}/maps").Length,
        Directory.GetDirectories($"/proc/{processId}/task").Length);
}
