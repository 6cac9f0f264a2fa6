using System.Globalization;

namespace Tachyon.Perf.Measurement;

/// <summary>Resident memory of one process; a page that two processes map counts half for each.</summary>
internal sealed record MemoryUse(double KiB, double SharedMemoryKiB)
{
    internal static readonly MemoryUse None = new(0, 0);

    public static MemoryUse operator +(MemoryUse one, MemoryUse other)
        => new(one.KiB + other.KiB, one.SharedMemoryKiB + other.SharedMemoryKiB);

    public static MemoryUse operator -(MemoryUse after, MemoryUse before)
        => new(after.KiB - before.KiB, after.SharedMemoryKiB - before.SharedMemoryKiB);

    /// <summary>Of this process, after a garbage collection.</summary>
    internal static MemoryUse Own()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        var fields = File.ReadLines("/proc/self/smaps_rollup")
            .Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length == 3 && words[2] == "kB")
            .ToDictionary(words => words[0], words => double.Parse(words[1], CultureInfo.InvariantCulture));
        return new MemoryUse(fields["Pss"], fields["Pss_Shmem"]);
    }
}
