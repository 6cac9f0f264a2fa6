using System.Runtime;
using System.Text.Json;

namespace Tachyon.TestHost.Soak;

/// <summary>The command "heap": collects all garbage, gives free memory back, and reports the bytes of live objects.</summary>
public static class Heap
{
    public const string Command = "heap";

    public static void Report()
    {
        for (var round = 0; round < 2; round++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(GC.GetTotalMemory(forceFullCollection: true))}");
    }
}
