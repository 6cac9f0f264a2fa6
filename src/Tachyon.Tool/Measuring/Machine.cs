using System.Globalization;
using System.Runtime.InteropServices;

namespace Tachyon.Measuring;

/// <summary>Where it was measured.</summary>
internal sealed record Machine(string Processor, int Cores, string Kernel, string Runtime, double LoadBefore)
{
    internal static Machine Read()
    {
        var model = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal));
        return new Machine(
            model?.Split(": ")[^1] ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            RuntimeInformation.FrameworkDescription,
            double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
