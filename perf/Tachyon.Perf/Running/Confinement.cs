using System.Globalization;
using Tachyon.Measuring;

namespace Tachyon.Perf.Running;

/// <summary>How much of the machine each process of a candidate may use.</summary>
internal sealed class Confinement : IDisposable
{
    internal const string OneCore = "one-core";
    internal const string HalfCore = "half-core";

    private const int PeriodUs = 100_000;

    private readonly List<string> _groups = [];
    private readonly string _kind;

    internal Confinement(string kind) => _kind = kind;

    internal static IReadOnlyList<string> Kinds => ["none", OneCore, HalfCore];

    public override string ToString() => _kind;

    /// <summary>The command that starts the next process: pinned to the first core, or in a group of its own with a quota.</summary>
    internal IReadOnlyList<string> NextWrapper() => _kind switch
    {
        OneCore => ["taskset", "-c", "0"],
        HalfCore => ["sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", CreateGroup()],
        _ => [],
    };

    /// <summary>After the processes have ended.</summary>
    public void Dispose() => _groups.ForEach(Directory.Delete);

    // cgroup v2 where it has the controller, else the hierarchy "cpu" of v1 (cgroups(7)).
    private string CreateGroup()
    {
        const string Root = "/sys/fs/cgroup";
        var isVersion2 = File.Exists($"{Root}/cgroup.controllers");
        var parent = isVersion2 ? Root : $"{Root}/cpu";
        var group = Path.Combine(parent, $"tachyon-perf-{Environment.ProcessId}-{_groups.Count}");
        try
        {
            Directory.CreateDirectory(group);
            _groups.Add(group);
            var quota = (PeriodUs / 2).ToString(CultureInfo.InvariantCulture);
            if (isVersion2)
            {
                File.WriteAllText($"{group}/cpu.max", $"{quota} {PeriodUs}");
            }
            else
            {
                File.WriteAllText($"{group}/cpu.cfs_period_us", $"{PeriodUs}");
                File.WriteAllText($"{group}/cpu.cfs_quota_us", quota);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MeasurementException($"No CPU quota could be set under '{parent}': run as root, with a writable cgroup file system.", exception);
        }

        return group;
    }
}
