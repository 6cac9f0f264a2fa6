using System.Globalization;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>Times that a test measured and that no assertion depends on.</summary>
internal static class ReportedTimes
{
    internal static void Report(string what, List<TimeSpan> times)
    {
        times.Sort();
        var p99 = times[(int)Math.Ceiling(0.99 * times.Count) - 1];
        Figures.Report(what, string.Create(
            CultureInfo.InvariantCulture,
            $"median {times[times.Count / 2].TotalMilliseconds:0.0} ms, p99 {p99.TotalMilliseconds:0.0} ms ({times.Count} times)"));
    }
}
