using System.Globalization;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Doctor;

/// <summary>Memory and cores.</summary>
internal static class ResourceChecks
{
    private const long Mebi = 1024 * 1024;
    private const long LittleMemory = 256 * Mebi;

    // From here on a core for nothing but spinning leaves enough for the rest.
    private const int ManyCores = 4;

    internal static IEnumerable<Finding> All()
    {
        yield return Memory();
        yield return Cores();
        yield return Load();
    }

    private static Finding Memory()
    {
        const string Check = "memory";
        var defaults = new TachyonServerOptions();
        var each = (long)defaults.SendRingSize + defaults.ReceiveRingSize;
        var limit = ControlGroup.Values("memory", "memory.max", "memory.limit_in_bytes")
            .Select(static value => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                ? bytes
                : long.MaxValue)
            .Append(long.MaxValue)
            .Min();
        var available = Available();
        var limited = limit < available;
        var room = Math.Min(limit, available);
        var message =
            $"{(limited ? $"limit of the control group {limit / Mebi:N0} MiB" : $"{available / Mebi:N0} MiB available, no lower limit")}: " +
            $"{room / each:N0} connections of {each / Mebi} MiB (default rings, all full) would fill it";
        return room >= LittleMemory
            ? Finding.Ok(Check, message)
            : Finding.Warning(Check, message, "Rings count to the control group that touches them first: raise its limit, or lower SendRingSize and ReceiveRingSize, or MaxConnections.");
    }

    private static long Available()
    {
        // MemAvailable:    7340032 kB
        string line = File.ReadLines("/proc/meminfo").First(static line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static Finding Cores()
    {
        const string Check = "cores";

        // By affinity and quota, as the runtime sees it, which rounds a quota up.
        var cores = Environment.ProcessorCount;
        var quota = Quota();
        var message = quota < double.PositiveInfinity ? $"{cores}, by a quota of {quota:0.##}" : $"{cores}";
        return quota < 2 || cores < 2
            ? Finding.Warning(Check, message, "Polling needs a core that is free: take WaitMode Park.")
            : cores < ManyCores
                ? Finding.Ok(Check, $"{message}: Adaptive or Park; Spin takes a whole core, and pays from {ManyCores} on")
                : Finding.Ok(Check, $"{message}: every mode; Spin takes one of them");
    }

    private static double Quota()
    {
        // "150000 100000", or "max 100000". Version 1 has the two in files of their own; there the period is nearly always 100000.
        const double UsualPeriod = 100_000;
        return ControlGroup.Values("cpu", "cpu.max", "cpu.cfs_quota_us")
            .Select(static value => value.Split(' '))
            .Where(static words => double.TryParse(words[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var micros)
                && micros > 0)
            .Select(static words => double.Parse(words[0], CultureInfo.InvariantCulture)
                / (words.Length > 1 ? double.Parse(words[1], CultureInfo.InvariantCulture) : UsualPeriod))
            .Append(double.PositiveInfinity)
            .Min();
    }

    private static Finding Load()
    {
        const string Check = "load";
        var average = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var load = double.Parse(average, CultureInfo.InvariantCulture);
        return load < Environment.ProcessorCount
            ? Finding.Ok(Check, $"{average} in the last minute")
            : Finding.Warning(Check, $"{average} in the last minute, cores: {Environment.ProcessorCount}", "Other work takes the cores that polling wants: measurements will show it.");
    }
}
