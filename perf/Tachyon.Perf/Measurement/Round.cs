using System.Text.Json.Serialization;

namespace Tachyon.Perf.Measurement;

/// <summary>What one round of one rival showed.</summary>
/// <param name="Seconds">How long it took.</param>
/// <param name="Operations">Calls, or messages of a stream.</param>
/// <param name="Bytes">Bytes that a stream carried; 0 where calls are counted.</param>
/// <param name="Latencies">Of the calls; null for streams.</param>
/// <param name="Client">Used by the client process.</param>
/// <param name="Server">Used by the server process; nothing where both are one.</param>
/// <param name="Others">CPU time of other processes, in cores.</param>
/// <param name="Stolen">CPU time that the hypervisor kept, in cores.</param>
internal sealed record Round(
    double Seconds, double Operations, double Bytes, Latencies? Latencies, Usage Client, Usage Server, double Others, double Stolen)
{
    // A tenth of a core.
    private const double Limit = 0.1;

    /// <summary>Somebody else used the machine.</summary>
    public bool Disturbed => Others + Stolen > Limit;

    /// <summary>Calls/s, or MB/s for a stream.</summary>
    [JsonIgnore]
    internal double Rate => (Bytes > 0 ? Bytes / 1e6 : Operations) / Seconds;

    [JsonIgnore]
    internal double CpuUs => (Client.CpuUs + Server.CpuUs) / Operations;

    [JsonIgnore]
    internal double AllocatedBytes => (Client.AllocatedBytes + Server.AllocatedBytes) / Operations;

    [JsonIgnore]
    internal double Switches
        => (Client.VoluntarySwitches + Client.InvoluntarySwitches + Server.VoluntarySwitches + Server.InvoluntarySwitches) / Operations;

    /// <summary>Doorbells rung and heard by the transport, of both sides, per operation.</summary>
    [JsonIgnore]
    internal double Crossings
        => (Client.DoorbellsRung + Client.DoorbellsReceived + Server.DoorbellsRung + Server.DoorbellsReceived) / Operations;
}
