using System.Diagnostics;
using Tachyon.Frames;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Tool.Commands.Top;

/// <summary>Makes a report from two snapshots of the same machine.</summary>
internal static class Rates
{
    internal static TopReport Between(Snapshot before, Snapshot now, TopFilter filter)
    {
        var seconds = Stopwatch.GetElapsedTime(before.Timestamp, now.Timestamp).TotalSeconds;
        var old = before.Samples.ToDictionary(static sample => sample.Region.Inode);
        ConnectionReport[] connections =
        [
            .. now.Samples
                .Where(sample => filter.Matches(sample.Region))
                .Select(sample => Report(old.GetValueOrDefault(sample.Region.Inode)?.Page, sample, now.Timestamp, seconds))
                .OrderByDescending(static connection => connection.Throughput)
                .ThenBy(static connection => connection.Memory),
        ];
        var unread = now.Samples.Count(static sample => sample.Page is null);
#pragma warning disable RS0030 // Only printed; the rates use the monotonic clock.
        var time = DateTime.UtcNow;
#pragma warning restore RS0030
        return new TopReport(
            time,
            seconds,
            Summarize(connections, now.Samples.Count - connections.Length),
            connections,
            new UnseenReport(now.UnseenProcesses, unread, Permissions.Describe(now.UnseenProcesses, unread)));
    }

    private static SummaryReport Summarize(ConnectionReport[] connections, int filteredOut)
    {
        SideReport[] sides =
            [.. connections.SelectMany(static connection => (SideReport?[])[connection.Server, connection.Client]).OfType<SideReport>()];
        return new SummaryReport(
            connections.Length,
            filteredOut,
            connections.SelectMany(static connection => connection.Processes)
                .Select(static process => process.ProcessId)
                .Distinct()
                .Count(),
            connections.Sum(static connection => connection.Throughput),
            sides.Sum(static side => side.ParksPerSecond ?? 0),
            sides.Sum(static side => side.WakeUpsSentPerSecond ?? 0));
    }

    private static ConnectionReport Report(HeaderPage? before, Sample sample, long timestamp, double seconds)
    {
        ProcessReport[] processes = [.. sample.Region.Views.Select(static view => Describe(view.Process))];
        if (sample.Page is not { } now)
        {
            return new ConnectionReport(sample.Region.Inode, sample.Region.Path, null, null, processes, null, null, null, null, []);
        }

        var notes = new List<string>();
        (var server, var client) = Roles.Assign(now, sample.Region.Views, notes);
        var view = sample.Region.Views[0];
        var toServer = Describe(before?.Ring0, now.Ring0, view.Capacity0, seconds);
        var toClient = Describe(before?.Ring1, now.Ring1, view.Capacity1, seconds);
        if (!now.IsIdentified)
        {
            notes.Add("Its identity line is not one of this version, or was overwritten.");
        }

        if (toServer.Used is null || toClient.Used is null)
        {
            notes.Add("Its positions can't be those of a ring: a peer breaks the protocol.");
        }

        return new ConnectionReport(
            sample.Region.Inode,
            sample.Region.Path,
            Age(now, timestamp),
            (now.ApplicationFeatures & DirectFeature.Frames1) != 0 ? ConnectionReport.DirectMode : ConnectionReport.ByteStream,
            processes,
            Describe(server, before?.Server, now.Server, now.ServerProcessId, seconds),
            Describe(client, before?.Client, now.Client, now.ClientProcessId, seconds),
            toServer,
            toClient,
            notes);
    }

    /// <summary>By the side that began later, so that a wrong one does not make a connection older than it is.</summary>
    private static double? Age(HeaderPage page, long timestamp)
        => Math.Max(page.Server.Started, page.Client.Started) is var started && started > 0 && started <= (ulong)timestamp
            ? Stopwatch.GetElapsedTime((long)started, timestamp).TotalSeconds
            : null;

    private static ProcessReport Describe(ProcessFacts process) => new(process.Id, process.Name, process.UserId, process.User);

    private static SideReport Describe(ProcessFacts? process, SideWords? before, SideWords now, int identity, double seconds)
        => new(
            process is null ? null : Describe(process),
            now.Mode is null ? identity : now.OwnProcessId,
            now.Mode?.ToString().ToLowerInvariant(),
            now.Parks,
            now.WakeUpsSent,
            now.WakeUpsReceived,
            Rate(before?.Parks, now.Parks, seconds),
            Rate(before?.WakeUpsSent, now.WakeUpsSent, seconds),
            Rate(before?.WakeUpsReceived, now.WakeUpsReceived, seconds));

    private static RingReport Describe(RingWords? before, RingWords now, int capacity, double seconds)
    {
        var used = now.Used(capacity);
        return new RingReport(capacity, used, (double?)used / capacity, now.Tail, Rate(before?.Tail, now.Tail, seconds), State(now));
    }

    private static string State(RingWords words) => (words.ProducerState, words.ConsumerState) switch
    {
        (ProducerStates.Open, ConsumerStates.Open) => "open",
        (ProducerStates.Finished, ConsumerStates.Open) => "finished",
        (ProducerStates.Reset, ConsumerStates.Open or ConsumerStates.Closed) => "reset",
        (ProducerStates.Open or ProducerStates.Finished, ConsumerStates.Closed) => "closed",
        _ => "unknown",
    };

    /// <summary>Null for what can't be a rate: nothing before, or a count that went back.</summary>
    private static double? Rate(ulong? before, ulong now, double seconds)
        => before is { } start && now >= start && seconds > 0 ? (now - start) / seconds : null;
}
