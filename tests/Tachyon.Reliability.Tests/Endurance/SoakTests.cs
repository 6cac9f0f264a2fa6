using System.Diagnostics;
using System.Globalization;
using Tachyon.TestHost;
using Tachyon.TestHost.Soak;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>
/// A mixed load for as long as one likes: three server and two client processes, all wait modes on both sides, all kinds of calls of
/// random sizes with every byte checked, a deadline on each, cancellations, channels opened and closed; now and then a process is
/// killed and started again. One server and one client live through all of it, and what they hold stays flat.
/// </summary>
public sealed class SoakTests : IDisposable
{

    /// <summary>Of the second part at the latest everything has been used once.</summary>
    private const int FirstFlatPart = 1;

    /// <summary>
    /// What may come and go: the array pool keeps arrays of up to the largest message (4 MiB) for each core and thread, and gives them
    /// back by and by. 64 MiB are less than 400 bytes for each call of a run of ten minutes.
    /// </summary>
    private const long Slack = 64 << 20;

    /// <summary>The soak stands still between two parts, so that what is then held is what was left behind.</summary>
    private static readonly int s_parts = TestSize.Of(usual: 3, full: 10);
    private static readonly int s_seconds = TestSize.Of("TACHYON_SOAK_SECONDS", usual: 3, full: 45);
    private static readonly int s_seed = TestSize.Of("TACHYON_SEED", 1);

    private readonly TempDirectory _directory = new();
    private readonly Random _random = new(s_seed);
    private readonly List<SoakReport> _reports = [];
    private int _kills;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Everything_holds_for_long()
    {
        await using ChildProgram server = await StartServerAsync(SoakServer.All.Single(static server => !server.IsMortal));
        await using var client = await StartClientAsync();
        List<RestartableChild> mortals =
            [.. SoakServer.All.Where(static server => server.IsMortal).Select(kind => new RestartableChild(() => StartServerAsync(kind)))];
        var mortalClient = new RestartableChild(StartClientAsync);
        mortals.Add(mortalClient);
        List<(Live Server, Live Client)> held;
        try
        {
            foreach (var mortal in mortals)
            {
                await mortal.StartAsync();
            }

            held = await RunAsync(server, client, mortalClient, mortals);
        }
        finally
        {
            foreach (var mortal in mortals)
            {
                await mortal.DisposeAsync();
            }
        }

        Assert.True(
            _reports.TrueForAll(static report => report.Failures.Count == 0),
            string.Join('\n', _reports.SelectMany(static report => report.Failures)));
        AssertFlat("The server", [.. held.Select(static pair => pair.Server)]);
        AssertFlat("The client", [.. held.Select(static pair => pair.Client)]);
        var calls = _reports.Sum(static report => report.Checked);
        Assert.True(calls > s_seconds, $"{calls} calls are no load.");
        Figures.Report("seconds soaked", s_seconds);
        Figures.Report("calls checked in the soak", calls);
        Figures.Report("calls cut short in the soak", _reports.Sum(static report => report.Ended));
        Figures.Report("calls interrupted by a kill in the soak", _reports.Sum(static report => report.Interrupted));
        Figures.Report("connections opened in the soak", _reports.Sum(static report => report.Connections));
        Figures.Report("MiB checked in the soak", _reports.Sum(static report => report.Bytes) >> 20);
        Figures.Report("processes killed in the soak", _kills);
    }

    private async Task<List<(Live Server, Live Client)>> RunAsync(
        ChildProgram server, ChildProgram client, RestartableChild mortalClient, List<RestartableChild> mortals)
    {
        List<(Live Server, Live Client)> held = [];
        for (var part = 0; part < s_parts; part++)
        {
            await RunPartAsync(client, mortalClient, mortals, TimeSpan.FromSeconds((s_seconds + s_parts - 1) / s_parts), part);
            held.Add((await SettleAsync(server), await SettleAsync(client)));
        }

        await ResourceSnapshot.AssertReturnedAsync(server.Id, held[FirstFlatPart].Server.Holdings, "The server");
        await ResourceSnapshot.AssertReturnedAsync(client.Id, held[FirstFlatPart].Client.Holdings, "The client");
        return held;
    }

    private Task<ChildProgram> StartServerAsync(SoakServer server)
        => HostProgram.StartAsync(HostRole.SoakServer, server.Transport, server.PathIn(_directory.Path));

    private Task<ChildProgram> StartClientAsync()
        => HostProgram.StartAsync(HostRole.SoakClient, TransportKind.Adaptive, _directory.Path);

    private async Task RunPartAsync(
        ChildProgram client, RestartableChild mortalClient, List<RestartableChild> mortals, TimeSpan duration, int part)
    {
        var start = Stopwatch.GetTimestamp();
        TimeSpan Left() => duration - Stopwatch.GetElapsedTime(start);
        var running = RunAsync(client, duration, part);
        var mortalRunning = RunAsync(mortalClient.Current, duration, part + s_parts);
        while (Left() > TimeSpan.Zero)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(500, 4_000)));
            if (Left() <= TimeSpan.Zero)
            {
                break;
            }

            var victim = mortals[_random.Next(mortals.Count)];
            await victim.KillAndRestartAsync();
            _kills++;
            if (victim == mortalClient)
            {
                // What it did was not reported. Its successor goes on.
                await ((Task)mortalRunning).ContinueWith(static _ => { }, TaskScheduler.Default);
                mortalRunning = RunAsync(mortalClient.Current, Left(), part + s_parts + _kills);
            }
        }

        _reports.Add(await running);
        _reports.Add(await mortalRunning);
    }

    private static Task<SoakReport> RunAsync(ChildProgram client, TimeSpan duration, int seed)
    {
        var seconds = Math.Max(1, (int)duration.TotalSeconds);
        client.Send(string.Create(CultureInfo.InvariantCulture, $"run {seconds} {(s_seed * 10_000) + seed}"));

        // The calls that are running at the end have a deadline of their own, of 20 s.
        return HostProgram.ResultAsync<SoakReport>(client, TimeSpan.FromSeconds(seconds + 60));
    }

    private static async Task<Live> SettleAsync(ChildProgram child)
    {
        await Watchdog.Until(() => ResourceSnapshot.Take(child.Id).RingMappings == 0, "the end of the last connection of a part");
        child.Send(Heap.Command);
        var managed = await HostProgram.ResultAsync<long>(child);
        return new Live(ResourceSnapshot.Take(child.Id), managed);
    }

    private static void AssertFlat(string who, Live[] held)
    {
        var history = string.Join('\n', held.Select(static live => live.ToString()));
        var first = held[FirstFlatPart];
        var last = held[^1];
        Assert.True(last.Holdings.Anonymous - first.Holdings.Anonymous < Slack, $"{who} grew:\n{history}");
        Assert.True(last.Holdings.Resident - first.Holdings.Resident < Slack, $"{who} grew:\n{history}");
        Assert.True(last.Managed - first.Managed < Slack, $"{who} keeps objects:\n{history}");
        Figures.Report(
            $"{who.ToLowerInvariant()} of the soak, resident and live KiB by part",
            string.Join(", ", held.Select(static live => string.Create(CultureInfo.InvariantCulture, $"{live.Holdings.Resident >> 10}/{live.Managed >> 10}"))));
    }
}
