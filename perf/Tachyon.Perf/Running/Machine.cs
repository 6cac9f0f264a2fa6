using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Perf.Running;

/// <summary>Where and how a run was measured.</summary>
internal sealed record Machine(
    DateTimeOffset Date,
    string System,
    string Kernel,
    string Processor,
    int Cores,
    string Runtime,
    string GarbageCollection,
    string TieredPgo,
    string Transport,
    string LoadAverage)
{
    internal static Machine ThisOne()
    {
        var options = new TachyonChannelOptions();
        return new Machine(
            DateTimeOffset.UtcNow,
            RuntimeInformation.OSDescription,
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? "unknown",
            Environment.ProcessorCount,
            RuntimeInformation.FrameworkDescription,
            $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {(GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent")}",
            IsTieredPgoOn() ? "on" : "off",
            string.Create(CultureInfo.InvariantCulture, $"rings of {options.SendRingSize / 1024} and {options.ReceiveRingSize / 1024} KiB, everything else default"),
            string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]));
    }

    private static bool IsTieredPgoOn()
        => Environment.GetEnvironmentVariable("DOTNET_TieredPGO") is not "0"
        && (!AppContext.TryGetSwitch("System.Runtime.TieredPGO", out bool on) || on);
}
