using Tachyon.Transport;

namespace Tachyon.Perf.Rivals;

/// <summary>Everything that is compared, the baseline first.</summary>
internal static class AllRivals
{
    internal const string Baseline = "uds";

    internal static readonly IReadOnlyList<Rival> All =
    [
        new UnixSocketRival(Baseline, "Kestrel over a Unix socket, as users run it", inline: false),
        new UnixSocketRival("uds-inline", "Kestrel over a Unix socket, completions inline on the server", inline: true),
        new TcpRival(),
        new PipeRival(),
        new TachyonRival("adaptive", TachyonWaitMode.Adaptive),
        new TachyonRival("park", TachyonWaitMode.Park),
        new TachyonRival("spin", TachyonWaitMode.Spin),
    ];

    internal static Rival Named(string name)
        => All.FirstOrDefault(rival => rival.Name == name)
        ?? throw new ArgumentException($"There is no rival '{name}': choose from {string.Join(", ", All.Select(rival => rival.Name))}.");
}
