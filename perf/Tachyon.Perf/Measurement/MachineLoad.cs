using System.Globalization;

namespace Tachyon.Perf.Measurement;

/// <summary>CPU time of the whole machine so far, from /proc/stat: of all processes, and what the hypervisor kept.</summary>
internal readonly record struct MachineLoad(double BusyUs, double StolenUs)
{
    // /proc counts in hundredths of a second on every Linux that .NET runs on (USER_HZ).
    private const double TickUs = 10_000;

    public static MachineLoad operator -(MachineLoad after, MachineLoad before)
        => new(after.BusyUs - before.BusyUs, after.StolenUs - before.StolenUs);

    internal static MachineLoad Now()
    {
        // "cpu user nice system idle iowait irq softirq steal guest guest_nice"; guest time is within user time.
        double[] ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return new MachineLoad((ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * TickUs, ticks[7] * TickUs);
    }
}
