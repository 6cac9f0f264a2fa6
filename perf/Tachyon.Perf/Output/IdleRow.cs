using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>Resting connections of one rival as a row of text.</summary>
internal static class IdleRow
{
    internal static readonly IReadOnlyList<string> Columns =
        ["connections", "rival", "CPU % of a core, both sides", "KiB per connection, both sides", "of it shared memory"];

    internal static IReadOnlyList<string> Of(IdleResult result) =>
    [
        Numbers.Short(result.Connections), result.Rival, Numbers.Short(result.CpuPercent), Numbers.Short(result.KiBPerConnection),
        Numbers.Short(result.SharedKiBPerConnection),
    ];
}
