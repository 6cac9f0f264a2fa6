using System.Text.Json.Serialization;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Running;

/// <summary>System calls of one process by name, in a busy and in a resting round of the same length.</summary>
internal sealed record SystemCalls(IReadOnlyDictionary<string, long> Busy, IReadOnlyDictionary<string, long> Resting);

/// <summary>What crosses into the kernel per unary call of 64 B, one in flight.</summary>
/// <param name="Rival">Of whom.</param>
/// <param name="Untraced">A round without strace, with the transport's own counters.</param>
/// <param name="Traced">A round under strace; null if strace is not installed.</param>
/// <param name="Client">System calls of the client process.</param>
/// <param name="Server">System calls of the server process.</param>
internal sealed record CrossingsResult(string Rival, Round Untraced, Round? Traced, SystemCalls? Client, SystemCalls? Server)
{
    /// <summary>Everything by which bytes or wake-ups of a transport could leave a process. Hand-overs within one (futex) are not among them.</summary>
    private static readonly string[] s_transport =
    [
        "write", "writev", "read", "readv", "sendto", "sendmsg", "recvfrom", "recvmsg", "epoll_wait", "epoll_pwait", "poll", "ppoll",
    ];

    internal static readonly IReadOnlyList<string> Watched = [.. s_transport, "futex", "sched_yield"];

    /// <summary>System calls of the transport per call, both sides; null without strace.</summary>
    [JsonIgnore]
    internal double? PerCall => Traced is null ? null : s_transport.Sum(name => PerCallOf(Client, name) + PerCallOf(Server, name));

    internal double PerCallOf(SystemCalls? side, string name)
    {
        if (side is null || Traced is null)
        {
            return 0;
        }

        // What a resting process does (its own control channel, timers) belongs to no call. Yielding does belong to whoever looks for work.
        long resting = name == "sched_yield" ? 0 : side.Resting.GetValueOrDefault(name);
        return Math.Max(0, side.Busy.GetValueOrDefault(name) - resting) / Traced.Operations;
    }
}

/// <summary>Counts with strace, which slows every system call down, and with the transport's own counters, which cost nothing.</summary>
internal static class CrossingsProbe
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1.5);

    internal static async Task<CrossingsResult> MeasureAsync(Contestant contestant, TimeSpan duration)
    {
        Scenario busy = AllScenarios.Named("unary 64 B x1");

        // Until the JIT is done: a slow side is a side that falls asleep.
        await contestant.MeasureAsync(busy, s_warmUp);
        Round untraced = await contestant.MeasureAsync(busy, duration);
        if (!Strace.IsInstalled)
        {
            return new CrossingsResult(contestant.Rival.Name, untraced, null, null, null);
        }

        (_, var restingClient, var restingServer) = await TraceAsync(contestant, AllScenarios.Named(AllScenarios.Resting), duration);
        (Round traced, var busyClient, var busyServer) = await TraceAsync(contestant, busy, duration);
        return new CrossingsResult(
            contestant.Rival.Name,
            untraced,
            traced,
            new SystemCalls(busyClient, restingClient),
            contestant.Server is null ? null : new SystemCalls(busyServer, restingServer));
    }

    private static async Task<(Round Round, IReadOnlyDictionary<string, long> Client, IReadOnlyDictionary<string, long> Server)> TraceAsync(
        Contestant contestant, Scenario scenario, TimeSpan duration)
    {
        await contestant.OpenAsync(scenario);
        using Strace client = await Strace.AttachAsync(contestant.Client.ProcessId);
        using Strace? server = contestant.Server is null ? null : await Strace.AttachAsync(contestant.Server.ProcessId);
        Round round = await contestant.RunAsync(duration);
        IReadOnlyDictionary<string, long> counts = await client.StopAsync();
        IReadOnlyDictionary<string, long> serverCounts = server is null ? new Dictionary<string, long>() : await server.StopAsync();
        await contestant.CloseAsync();
        return (round, counts, serverCounts);
    }
}
