using System.Globalization;
using System.Runtime;

namespace Tachyon.TestPeer;

/// <summary>What both processes of the churn do on demand.</summary>
internal static class ChurnCommands
{
    /// <summary>Collects all garbage, gives free memory back, and reports the bytes of live objects.</summary>
    internal static void Collect(string command)
    {
        if (command != "collect")
        {
            throw new ArgumentException($"Unknown command '{command}'.");
        }

        // Finalizers are allowed to be the last resort: twice, for what the first round's set free.
        for (var round = 0; round < 2; round++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        ServerRoles.Report(string.Create(CultureInfo.InvariantCulture, $"collected {GC.GetTotalMemory(forceFullCollection: true)}"));
    }
}
