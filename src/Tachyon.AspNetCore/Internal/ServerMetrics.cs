using System.Diagnostics.Metrics;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The meter "Tachyon.AspNetCore". docs/metrics.md lists the instruments.</summary>
internal static class ServerMetrics
{
    private static readonly Meter s_meter = new("Tachyon.AspNetCore");

    private static readonly Counter<long> s_violations = s_meter.CreateCounter<long>(
        "tachyon.violations", "{connection}", "Connections that this server closed because the client broke the protocol.");

    internal static void Violated() => s_violations.Add(1);
}
