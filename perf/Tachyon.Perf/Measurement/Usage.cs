using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Tachyon.Measuring;

namespace Tachyon.Perf.Measurement;

/// <summary>What one process used, up to now or in a round.</summary>
/// <param name="CpuUs">CPU time, user and system, in microseconds.</param>
/// <param name="VoluntarySwitches">Times that a thread went to sleep.</param>
/// <param name="InvoluntarySwitches">Times that a thread was preempted.</param>
/// <param name="AllocatedBytes">Bytes allocated in the managed heap.</param>
/// <param name="Collections">Garbage collections.</param>
/// <param name="DoorbellsRung">Wake-ups that Tachyon sent: one system call each.</param>
/// <param name="DoorbellsReceived">Wake-ups that Tachyon received.</param>
/// <param name="Parks">Waits of Tachyon that began without a poller.</param>
/// <param name="Polls">Passes of Tachyon's poller.</param>
internal sealed record Usage(
    double CpuUs,
    long VoluntarySwitches,
    long InvoluntarySwitches,
    long AllocatedBytes,
    int Collections,
    long DoorbellsRung,
    long DoorbellsReceived,
    long Parks,
    long Polls)
{
    internal static readonly Usage None = new(0, 0, 0, 0, 0, 0, 0, 0, 0);

    [JsonIgnore]
    internal long Switches => VoluntarySwitches + InvoluntarySwitches;

    [JsonIgnore]
    internal long Doorbells => DoorbellsRung + DoorbellsReceived;

    public static Usage operator -(Usage after, Usage before) => new(
        after.CpuUs - before.CpuUs,
        after.VoluntarySwitches - before.VoluntarySwitches,
        after.InvoluntarySwitches - before.InvoluntarySwitches,
        after.AllocatedBytes - before.AllocatedBytes,
        after.Collections - before.Collections,
        after.DoorbellsRung - before.DoorbellsRung,
        after.DoorbellsReceived - before.DoorbellsReceived,
        after.Parks - before.Parks,
        after.Polls - before.Polls);
}

/// <summary>A round with what both processes used in it.</summary>
/// <param name="Client">Used by the client process.</param>
/// <param name="Server">Used by the server process; nothing where both are one.</param>
/// <param name="Others">CPU time of other processes, in cores.</param>
/// <param name="Stolen">CPU time that the hypervisor kept, in cores.</param>
internal sealed record UsageRound(
    double Seconds, double Operations, double Bytes, Latencies? Latencies, Usage Client, Usage Server, double Others, double Stolen)
    : Round(Seconds, Operations, Bytes, Latencies)
{
    private const double DisturbedFromCores = 0.1;

    public override bool Disturbed => Others + Stolen > DisturbedFromCores;

    [JsonIgnore]
    internal double CpuUs => (Client.CpuUs + Server.CpuUs) / Operations;

    [JsonIgnore]
    internal double AllocatedBytes => (Client.AllocatedBytes + Server.AllocatedBytes) / Operations;

    [JsonIgnore]
    internal double Switches => (Client.Switches + Server.Switches) / Operations;

    /// <summary>Doorbells rung and received by the transport, of both sides, per operation.</summary>
    [JsonIgnore]
    internal double Crossings => (Client.Doorbells + Server.Doorbells) / Operations;
}

/// <summary>What this process has used so far.</summary>
internal static partial class OwnProcess
{
    private const int Self = 0;

    // The transport's own counters, from its meter (docs/metrics.md).
    private static readonly Dictionary<string, long> s_counters = [];
    private static readonly MeterListener s_listener = Listen();

    internal static Usage Usage()
    {
        s_listener.RecordObservableInstruments();
        var usage = Resources();
        return new Usage(
            usage.CpuUs,
            usage.VoluntarySwitches,
            usage.InvoluntarySwitches,
            GC.GetTotalAllocatedBytes(precise: true),
            GC.CollectionCount(0),
            s_counters.GetValueOrDefault("tachyon.wakeups.sent"),
            s_counters.GetValueOrDefault("tachyon.wakeups.received"),
            s_counters.GetValueOrDefault("tachyon.parks"),
            s_counters.GetValueOrDefault("tachyon.polls"));
    }

    internal static double CpuUs() => Resources().CpuUs;

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Tachyon.Transport" && instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (instrument, value, _, _) => s_counters[instrument.Name] = value);
        listener.Start();
        return listener;
    }

    private static ResourceUsage Resources()
        => GetResourceUsage(Self, out var usage) == 0 ? usage : throw new InvalidOperationException("getrusage failed.");

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
        private readonly long _maxRss, _ixRss, _idRss, _isRss, _minFaults, _majFaults, _swaps;
        private readonly long _inBlock, _outBlock, _sent, _received, _signals;
        public readonly long VoluntarySwitches;
        public readonly long InvoluntarySwitches;

        public readonly double CpuUs => ((_userSeconds + _systemSeconds) * 1e6) + _userMicroseconds + _systemMicroseconds;
    }
}
