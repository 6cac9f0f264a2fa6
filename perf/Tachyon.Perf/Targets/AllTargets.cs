using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Targets;

/// <summary>The targets on a machine with two cores, with default options.</summary>
internal static class AllTargets
{
    internal const string RingRoundTrip = "raw ring, 32 B round trip spinning, ratio to the same ring in C";
    internal const string RingStreaming = "raw ring streaming, ratio to a Unix socket";

    private const string Adaptive = "adaptive";
    private const string Direct = "direct";
    private const string Times = "x";

    internal static readonly IReadOnlyList<Target> All =
    [
        AtLeast("unary 64 B x1", Quantity.Rate, 3.4, 5),
        AtMost("unary 64 B x1", Quantity.P50, 0.30, 0.2),
        AtMost("unary 64 B x1", Quantity.P99, 0.5, 0.3),
        AtMost("unary 64 B x1", Quantity.CpuPerCall, 0.30, 0.2),
        AtLeast("unary 64 B x16", Quantity.Rate, 1.5, 2),
        AtLeast("unary 64 B x64", Quantity.Rate, 1.4, 2),
        AtLeast("unary 64 B x256", Quantity.Rate, 1.3, 2),
        AtLeast("unary 64 KiB x1", Quantity.Rate, 2.8, 3.5),
        AtLeast("unary 64 KiB x16", Quantity.Rate, 2, 2.5),
        AtLeast("unary 1 MiB x1", Quantity.Rate, 1.9, 2.5),
        AtLeast("ping-pong 64 B", Quantity.Rate, 4, 6),
        AtLeast("download 64 KiB", Quantity.Rate, 2.5, 4),
        AtLeast("upload 64 KiB", Quantity.Rate, 2.5, 4),
        AtMost("paced 4 ms", Quantity.P50, 0.8, 0.7),
        AtMost("paced 4 ms", Quantity.CpuPerCall, 1.0, 0.8),
        AtMost("connect + first call", Quantity.P50, 1.0, 0.8),
        AtLeast("connections 1000 (all busy)", Quantity.Rate, 1.2, 1.5),
        AtLeast("busy 2: unary 64 B x1", Quantity.Rate, 1, 2),
        AtMost("busy 2: unary 64 B x1", Quantity.P50, 1.0, 0.5),
        AtMost("busy 2: unary 64 B x1", Quantity.CpuPerCall, 1.0, 0.8),
        AtLeast("unary 64 B x1", Quantity.Rate, 10, 14, Direct),
        AtMost("unary 64 B x1", Quantity.CpuPerCall, 0.10, 0.06, Direct),
        AtLeast("unary 64 B x16", Quantity.Rate, 4.5, 6, Direct),
        AtLeast("unary 64 B x64", Quantity.Rate, 3, 6, Direct),
        AtLeast("unary 64 B x256", Quantity.Rate, 4, 6, Direct),
        AtLeast("unary 64 KiB x1", Quantity.Rate, 4.5, 6, Direct),
        AtLeast("unary 64 KiB x16", Quantity.Rate, 4, 5, Direct),
        AtLeast("unary 1 MiB x1", Quantity.Rate, 4, 5, Direct),
        AtLeast("ping-pong 64 B", Quantity.Rate, 10, 15, Direct),
        AtLeast("download 64 KiB", Quantity.Rate, 4.5, 6, Direct),
        AtLeast("upload 64 KiB", Quantity.Rate, 5.5, 7, Direct),
        AtMost("paced 4 ms", Quantity.P50, 0.65, 0.5, Direct),
        new(RingRoundTrip, Quantity.Baseline, "spin", false, 1.3, 1.1, Times, 2),
        new(RingStreaming, Quantity.Baseline, "spin", true, 2, null, Times, 2),
        new("unary 64 B x1", Quantity.CrossingsPerCall, Adaptive, false, 0.05, null, "", 2),
        new("unary 64 B x1", Quantity.CrossingsPerCall, "spin", false, 0, 0, "", 2),
        new(AllScenarios.Idle, Quantity.CpuAtRest, Adaptive, false, 0.0, null, "%", 1),
        new(AllScenarios.Idle, Quantity.MemoryAtRest, Adaptive, false, 64, 32, "KiB", 0),
        new("raw echo 64 B", Quantity.AllocatedBytes, Adaptive, false, 0, 0, "B", 1),
    ];

    /// <summary>Targets that are ratios to the Unix socket in rounds of a scenario.</summary>
    internal static bool IsRatio(Quantity quantity) => quantity is Quantity.Rate or Quantity.P50 or Quantity.P99 or Quantity.CpuPerCall;

    private static Target AtLeast(string scenario, Quantity quantity, double limit, double stretch, string candidate = Adaptive)
        => new(scenario, quantity, candidate, true, limit, stretch, Times, 2);

    private static Target AtMost(string scenario, Quantity quantity, double limit, double stretch, string candidate = Adaptive)
        => new(scenario, quantity, candidate, false, limit, stretch, Times, 2);
}
