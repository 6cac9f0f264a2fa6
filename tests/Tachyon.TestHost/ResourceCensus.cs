namespace Tachyon.TestHost;

/// <summary>What the kernel counts for a process.</summary>
/// <param name="Descriptors">Open files of any kind.</param>
/// <param name="Mappings">Mappings of any kind; the garbage collector makes and splits some as it likes.</param>
/// <param name="SharedMappings">Mappings of anonymous shared memory (memfd).</param>
/// <param name="Threads">Threads.</param>
public sealed record ResourceCensus(int Descriptors, int Mappings, int SharedMappings, int Threads)
{
    /// <summary>Takes the counts of this process once they stand still.</summary>
    public static async Task<ResourceCensus> SettleAsync()
    {
        // Connections close in the background, and no event tells when the last one has gone: look until the counts are the
        // same for a while. What never comes down is a leak, and the caller sees it in the numbers.
        const int SameForLooks = 10;
        const int MostLooks = 200;
        var last = Take();
        for (int same = 0, looks = 0; same < SameForLooks && looks < MostLooks; looks++)
        {
            await Task.Delay(20);
            var now = Take();
            same = now.Descriptors == last.Descriptors && now.SharedMappings == last.SharedMappings ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    private static ResourceCensus Take()
    {
        // Finalizers are allowed to be the last resort; run them so that they don't look like leaks.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var mappings = File.ReadAllLines("/proc/self/maps");
        return new ResourceCensus(
            Directory.GetFileSystemEntries("/proc/self/fd").Length,
            mappings.Length,
            mappings.Count(static line => line.Contains("/memfd:", StringComparison.Ordinal) && !IsOfTheRuntime(line)),
            Directory.GetDirectories("/proc/self/task").Length);
    }

    // The runtime keeps code in a memfd of its own, for its double mapping.
    private static bool IsOfTheRuntime(string line) => line.Contains("/memfd:doublemapper", StringComparison.Ordinal);
}
