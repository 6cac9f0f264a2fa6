using System.Globalization;
using Tachyon.Reliability.Tests.Sandbox.Traces;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>docs/syscalls.md against real processes under strace: no call that it does not list, no row without a call.</summary>
public sealed class SystemCallTests
{
    [RequiresFact("strace")]
    public async Task Processes_make_exactly_the_calls_that_the_table_lists()
    {
        (var server, var client) = await TraceAsync();
        var table = SystemCallTable.Read();
        var calls = server.Select(static call => (Side: "server", Call: call))
            .Concat(client.Select(static call => (Side: "client", Call: call)))
            .Where(static item => !item.Call.IsOfTheTest && item.Call.On != TracedCall.Unfinished)
            .ToList();
        string[] phases = [.. table.Rows.Select(static row => row.Phase).Where(static phase => phase != TracedPair.FirstUse).Distinct()];
        List<string> wrong = [];
        foreach ((var side, var call)
            in calls.DistinctBy(static item => (item.Side, item.Call.Phase, item.Call.Thread, item.Call.Name, item.Call.On)))
        {
            // Between the phases, and while all is done for the first time, the runtime is at work: only what is ours is looked at there.
            var counts = phases.Contains(call.Phase.Split('/')[0]);
            var listed = counts
                ? table.Lists(call, side)
                : !call.IsCertainlyOurs || table.Rows.Any(row => row.Call == call.Name && row.On == call.On);
            if (!listed)
            {
                wrong.Add($"Not listed, {side}, {call}");
            }
        }

        foreach (var row in table.Rows.Where(static row => !row.IsRare))
        {
            var seen = calls.Count(item => row.Covers(item.Call, item.Side));
            if (row.IsChance ? !calls.Any(item => item.Call.Name == row.Call && item.Call.On == row.On) : seen == 0)
            {
                wrong.Add($"Never made: {row}");
            }

            var sides = row.Side == "both" ? 2 : 1;

            // What a connection makes may come in a later phase, but not while the server begins to listen, nor at the end of the thread
            // that accepts: it closes its own eventfd.
            var made = calls
                .Where(item => row.IsSame(item.Call, item.Side)
                    && item.Call.Phase != TracedPair.FirstUse
                    && item.Call.Phase == TracedPair.Again == (row.Phase == TracedPair.Again)
                    && !(item.Call.Thread == "Tachyon accept" && item.Call.Phase.StartsWith("stop", StringComparison.Ordinal))
                    && item.Call.Phase.StartsWith("listen", StringComparison.Ordinal) == (row.Phase == "listen"))
                .ToList();
            if (row.PerConnection is { } number && made.Count != number * sides * TracedPair.Connections * TracedPair.DataPhases.Count)
            {
                wrong.Add($"Made {made.Count} times by {TracedPair.Connections * TracedPair.DataPhases.Count} connections: {row}\n{string.Join('\n', made)}");
            }
        }

        wrong.AddRange(table.RuntimeRows.Where(row => !row.IsRare && !calls.Any(item => row.Covers(item.Call))).Select(row => $"Never made: {row}"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        // What the modes promise, whatever the table says.
        Assert.DoesNotContain(calls, static item => item.Call.Phase == "busy" && item.Call.IsCertainlyOurs && item.Call.Name != "sched_yield");
        foreach (var mode in (TachyonWaitMode[])[TachyonWaitMode.Adaptive, TachyonWaitMode.Park])
        {
            var last = server.Select(static call => call.Phase)
                .Where(phase => phase.StartsWith($"rest/{mode}/", StringComparison.Ordinal))
                .MaxBy(static phase => int.Parse(phase.Split('/')[2], CultureInfo.InvariantCulture))!;
            Assert.True(
                TracedPair.IsSilent(server, last) && TracedPair.IsSilent(client, last),
                $"No silent second of rest came in mode {mode}; in the last one: {string.Join('\n', calls.Where(item => item.Call.Phase == last).Take(20))}");
        }

        Figures.Report("system calls traced", calls.Count);
    }

    /// <summary>Memory is kept for a second: when the machine was so busy that a connection came later, all is traced once more.</summary>
    private static async Task<(IReadOnlyList<TracedCall> Server, IReadOnlyList<TracedCall> Client)> TraceAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            using var directory = new TempDirectory();
            (var server, var client) = await TracedPair.RunAsync(directory);
            if (attempt == 3 || !server.Any(static call => call is { Phase: TracedPair.Again, Name: "memfd_create" }))
            {
                return (server, client);
            }
        }
    }
}
