using System.Globalization;
using System.Runtime.InteropServices;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>What <c>tachyon bench</c> measured, and on what.</summary>
internal sealed record BenchReport(Machine Machine, string Mode, int Rounds, double SecondsPerRound, IReadOnlyList<BenchRow> Rows);

/// <summary>One quantity. The ratio is that of Tachyon to the socket, round by round.</summary>
internal sealed record BenchRow(string Scenario, string Measure, string Unit, bool LessIsBetter, Spread Socket, Spread Tachyon, Spread Ratio)
{
    /// <summary>Who is ahead by the median ratio: tachyon or socket.</summary>
    public string Winner => (Ratio.Median > 1) != LessIsBetter ? TachyonRival.RivalName : SocketRival.RivalName;

    /// <summary>False when single rounds say the opposite of the median.</summary>
    public bool IsClear => Ratio.Lowest > 1 || Ratio.Highest < 1;
}

/// <summary>Where it was measured.</summary>
internal sealed record Machine(string Processor, int Cores, string Kernel, string Runtime, double LoadBefore)
{
    internal static Machine ThisOne()
        => new(
            File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            RuntimeInformation.FrameworkDescription,
            double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));
}
