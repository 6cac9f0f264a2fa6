using System.Runtime.InteropServices;

namespace Tachyon.Perf.Measurement;

/// <summary>What this process has used so far.</summary>
internal static partial class OwnProcess
{
    private const int Self = 0;

    internal static Usage Usage()
    {
        TransportCounters.Read();
        ResourceUsage usage = Resources();
        return new Usage(
            usage.CpuUs,
            usage.VoluntarySwitches,
            usage.InvoluntarySwitches,
            GC.GetTotalAllocatedBytes(precise: true),
            GC.CollectionCount(0),
            TransportCounters.DoorbellsRung,
            TransportCounters.DoorbellsReceived,
            TransportCounters.Parks,
            TransportCounters.Polls);
    }

    internal static double CpuUs() => Resources().CpuUs;

    private static ResourceUsage Resources()
        => GetResourceUsage(Self, out ResourceUsage usage) == 0 ? usage : throw new InvalidOperationException("getrusage failed.");

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, out ResourceUsage usage);

    // struct rusage, getrusage(2): two times, then fourteen numbers of which the last two are the switches.
    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceUsage
    {
        private readonly long _userSeconds;
        private readonly long _userMicroseconds;
        private readonly long _systemSeconds;
        private readonly long _systemMicroseconds;
        private readonly long _maxRss, _ixRss, _idRss, _isRss, _minFaults, _majFaults, _swaps, _inBlock, _outBlock, _sent, _received, _signals;
        public readonly long VoluntarySwitches;
        public readonly long InvoluntarySwitches;

        public readonly double CpuUs => ((_userSeconds + _systemSeconds) * 1e6) + _userMicroseconds + _systemMicroseconds;
    }
}
