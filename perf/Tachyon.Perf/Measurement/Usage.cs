namespace Tachyon.Perf.Measurement;

/// <summary>What one process used, up to now or in a round.</summary>
/// <param name="CpuUs">CPU time, user and system, in microseconds.</param>
/// <param name="VoluntarySwitches">Times that a thread went to sleep.</param>
/// <param name="InvoluntarySwitches">Times that a thread was pushed off its core.</param>
/// <param name="AllocatedBytes">Bytes allocated in the managed heap.</param>
/// <param name="Collections">Garbage collections.</param>
/// <param name="DoorbellsRung">Wake-ups that Tachyon sent: one system call each.</param>
/// <param name="DoorbellsReceived">Wake-ups that Tachyon received.</param>
/// <param name="Parks">Waits of Tachyon that began with nobody polling.</param>
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
