using System.Globalization;

namespace Tachyon.Perf.Scenarios;

/// <summary>Every scenario by its name.</summary>
internal static class AllScenarios
{
    internal const string Idle = "idle x1000";
    internal const string Resting = "resting";

    internal static readonly IReadOnlyList<Scenario> All =
    [
        .. from size in (int[])[0, 64, 1 << 10, 4 << 10, 64 << 10, 1 << 20, 4 << 20]
           from inFlight in (int[])[1, 16, 64, 256]
           select UnaryScenarios.Unary(size, inFlight),
        .. ((int[])[1, 4, 20]).Select(UnaryScenarios.Paced),
        StreamScenarios.PingPong(),
        .. ((int[])[1 << 10, 64 << 10, 1 << 20]).Select(StreamScenarios.Download),
        .. ((int[])[1 << 10, 64 << 10, 1 << 20]).Select(StreamScenarios.Upload),
        ConnectionScenarios.ConnectAndCall(),
        .. from connections in (int[])[1, 10, 100, 1000]
           from busy in connections == 1 ? (int[])[1] : [1, connections]
           select ConnectionScenarios.Connections(connections, busy),
        HandlerScenarios.Compute(),
        HandlerScenarios.Block(),
        ConnectionScenarios.Rest(Idle, 1000),
    ];

    private static readonly Scenario s_resting = ConnectionScenarios.Rest(Resting, 1);

    internal static Scenario Named(string name)
        => name == Resting ? s_resting : All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new ArgumentException($"There is no scenario '{name}'.");

    internal static string Size(int bytes) => bytes switch
    {
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB"),
        >= 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
    };
}
