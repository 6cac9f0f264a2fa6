using System.Text.Json.Serialization;
using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Scenarios;

namespace Tachyon.Perf.Running;

/// <summary>System calls of one process by name, in a busy and in an idle round of the same length.</summary>
internal sealed record SystemCalls(IReadOnlyDictionary<string, long> Busy, IReadOnlyDictionary<string, long> Idle);

/// <summary>What crosses into the kernel per unary call of 64 B, one in flight.</summary>
/// <param name="Candidate">Name of the candidate.</param>
/// <param name="Untraced">A round without strace, with the transport's own counters.</param>
/// <param name="Traced">A round under strace; null if strace is not installed.</param>
/// <param name="Client">System calls of the client process.</param>
/// <param name="Server">System calls of the server process.</param>
internal sealed record CrossingsResult(string Candidate, UsageRound Untraced, UsageRound? Traced, SystemCalls? Client, SystemCalls? Server)
{
    /// <summary>System calls by which bytes or wake-ups of a transport leave a process, without hand-overs within one (futex).</summary>
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

        // The calls of an idle process (control channel, timers) belong to no gRPC call. Yields belong to the poller.
        var idle = name == "sched_yield" ? 0 : side.Idle.GetValueOrDefault(name);
        return Math.Max(0, side.Busy.GetValueOrDefault(name) - idle) / Traced.Operations;
    }
}

/// <summary>Counts with strace, which slows every system call down, and with the transport's own counters, which cost nothing.</summary>
internal static class CrossingsProbe
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1.5);

    internal static async Task<CrossingsResult> MeasureAsync(CandidateProcesses candidate, TimeSpan duration)
    {
        var busy = AllScenarios.Named("unary 64 B x1");

        // Until the JIT is done: a slow side sleeps.
        await candidate.MeasureAsync(busy, s_warmUp);
        var untraced = await candidate.MeasureAsync(busy, duration);
        if (!Strace.IsInstalled)
        {
            return new CrossingsResult(candidate.Name, untraced, null, null, null);
        }

        (_, var idleClient, var idleServer) = await TraceAsync(candidate, AllScenarios.Named(AllScenarios.IdleOne), duration);
        (var traced, var busyClient, var busyServer) = await TraceAsync(candidate, busy, duration);
        return new CrossingsResult(
            candidate.Name,
            untraced,
            traced,
            new SystemCalls(busyClient, idleClient),
            candidate.Server is null ? null : new SystemCalls(busyServer, idleServer));
    }

    private static async Task<(UsageRound Round, Dictionary<string, long> Client, Dictionary<string, long> Server)> TraceAsync(
        CandidateProcesses candidate, Scenario scenario, TimeSpan duration)
    {
        await candidate.OpenAsync(scenario);
        using var client = await Strace.AttachAsync(candidate.Client.ProcessId);
        using var server = candidate.Server is null ? null : await Strace.AttachAsync(candidate.Server.ProcessId);
        var round = await candidate.RunAsync(duration);
        var counts = await client.StopAsync();
        var serverCounts = server is null ? [] : await server.StopAsync();
        await candidate.CloseAsync();
        return (round, counts, serverCounts);
    }
}
