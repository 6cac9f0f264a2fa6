using System.Globalization;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Doctor;

/// <summary>Limits against what a server with its default options may come to need.</summary>
internal static class LimitChecks
{
    // Two doorbells and a lifeline; three mappings of the memory.
    private const int DescriptorsPerConnection = 3;
    private const int MappingsPerConnection = 3;

    // What the runtime, its assemblies and an application need besides, roughly.
    private const int OtherDescriptors = 300;
    private const int OtherMappings = 5_000;

    private static readonly TachyonServerOptions s_defaults = new();

    internal static IEnumerable<Finding> All()
    {
        yield return OpenFiles();
        yield return Mappings();
        yield return Backlog();
    }

    private static Finding OpenFiles()
    {
        // Max open files            1024                 524288               files
        string line = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return Room(
            "open files",
            long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue,
            OtherDescriptors,
            DescriptorsPerConnection,
            "Raise the limit (ulimit -n, LimitNOFILE= of the systemd unit).");
    }

    private static Finding Mappings()
        => Room(
            "vm.max_map_count", Number("/proc/sys/vm/max_map_count") ?? long.MaxValue, OtherMappings, MappingsPerConnection, "Raise it (sysctl -w vm.max_map_count=262144).");

    private static Finding Backlog()
    {
        const string Check = "net.core.somaxconn";
        var limit = Number("/proc/sys/net/core/somaxconn") ?? long.MaxValue;
        return limit >= s_defaults.Backlog
            ? Finding.Ok(Check, Text(limit))
            : Finding.Warning(Check, $"{Text(limit)}, less than the default Backlog of {s_defaults.Backlog}", $"Raise it (sysctl -w net.core.somaxconn={s_defaults.Backlog}) if many clients connect at the same moment.");
    }

    private static Finding Room(string check, long limit, long others, int each, string advice)
    {
        if (limit == long.MaxValue)
        {
            return Finding.Ok(check, "no limit");
        }

        var room = Math.Max(0, (limit - others) / each);
        var message = $"{Text(limit)}: room for about {Text(room)} connections of a process";
        return room >= s_defaults.MaxConnections
            ? Finding.Ok(check, message)
            : Finding.Warning(check, message, $"A server allows {s_defaults.MaxConnections} (MaxConnections) by default. {advice}");
    }

    private static long? Number(string file)
        => File.Exists(file)
            && long.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
