using System.IO.Pipelines;
using System.Text.RegularExpressions;
using Grpc.Net.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.TestPeer;
using Tachyon.Transport;
using Xunit.Abstractions;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>
/// A hostile process writes whatever it likes into every shared byte while its connections are in use. The victim is another process: it
/// stays alive, ends those connections for reasons that it can name, serves its honest peers without one error, and keeps nothing.
/// </summary>
public sealed class ScribblerTests(ITestOutputHelper output) : IDisposable
{
    // Every reason that a connection may end for: a rule by name, what a hostile peer may ask for as well as any other, and a death.
    private const string NamedRule =
        "The peer broke the ring protocol: (tail N after tail N and head N|head N after head N and tail N|unknown producer state N"
        + "|unknown consumer state N|it took published bytes back)";

    private const string Asked =
        "^in order$|was reset by the (client|server)|the process of the (client|server) ended|the (client|server) does not read any more";

    private static readonly int s_mutations = TestSize.Of("TACHYON_MUTATIONS", usual: 2_000, full: 100_000);

    // Leaves the cores to the attacker and its victim.
    private static readonly TachyonClientOptions s_parking = new() { WaitMode = TachyonWaitMode.Park };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TachyonWaitMode.Park, "pipes")]
    [InlineData(TachyonWaitMode.Adaptive, "pipes")]
    [FullInlineData(TachyonWaitMode.Spin, "pipes")]
    [InlineData(TachyonWaitMode.Park, "stream")]
    [InlineData(TachyonWaitMode.Adaptive, "stream")]
    [FullInlineData(TachyonWaitMode.Spin, "stream")]
    public async Task Server_of_raw_connections_survives(TachyonWaitMode mode, string use)
    {
        var path = _directory.NewSocketPath();
        await using var victim = await Victim.StartPeerAsync("victim-server", path, mode, use);
        var report = await AttackAsync(victim, "hostile-client", path, "raw", Share(10), stop => EchoRawAsync(path, stop));
        AssertEveryEndIsExplained(report);
    }

    [Theory]
    [InlineData(TransportKind.Park)]
    [InlineData(TransportKind.Adaptive)]
    [FullInlineData(TransportKind.Spin)]
    public async Task Server_of_grpc_survives(TransportKind kind)
    {
        var path = _directory.NewSocketPath();
        await using var victim = await Victim.StartHostAsync(HostRole.VictimServer, path, kind);
        var report = await AttackAsync(victim, "hostile-client", path, "http", Share(5), stop => EchoGrpcAsync(kind, path, stop));

        // Kestrel's own errors are of the levels Error and Critical; a bad peer is none of them.
        Assert.DoesNotContain(
            report.Ends.Keys,
            static entry => entry.StartsWith("Error", StringComparison.Ordinal) || entry.StartsWith("Crit", StringComparison.Ordinal));
        var violations = report.Ends.Where(static entry => entry.Key.Contains("ProtocolViolated", StringComparison.Ordinal))
            .ToDictionary();
        Assert.All(violations.Keys, static entry => Assert.Matches(NamedRule, entry));
        Assert.Equal(CountOf(report, "AcceptedConnection"), CountOf(report, "ConnectionClosed"));
        ReportNamed(violations.Values.Sum());
    }

    [Theory]
    [InlineData(TachyonWaitMode.Park)]
    [InlineData(TachyonWaitMode.Adaptive)]
    [FullInlineData(TachyonWaitMode.Spin)]
    public async Task Client_of_raw_connections_survives(TachyonWaitMode mode)
    {
        var path = _directory.NewSocketPath();
        var honest = _directory.NewSocketPath();
        await using var server = await Victim.StartPeerAsync("victim-server", honest, TachyonWaitMode.Park, "pipes");
        await using var victim = await Victim.StartPeerAsync("victim-client", path, mode, honest);
        var report = await AttackAsync(victim, "hostile-server", path, "raw", Share(5));
        AssertEveryEndIsExplained(report);
    }

    [Theory]
    [InlineData(TransportKind.Park)]
    [InlineData(TransportKind.Adaptive)]
    [FullInlineData(TransportKind.Spin)]
    public async Task Client_of_grpc_survives(TransportKind kind)
    {
        var path = _directory.NewSocketPath();
        var honest = _directory.NewSocketPath();
        var upstream = _directory.NewSocketPath();
        await using var server = await Victim.StartHostAsync(HostRole.VictimServer, honest, kind);
        await using var relayed = await Victim.StartHostAsync(HostRole.VictimServer, upstream, TransportKind.UnixSocket);
        await using var victim = await Victim.StartHostAsync(HostRole.VictimClient, $"{path}|{honest}", kind);

        // Every call to the hostile server ended as a call: with a reply or a status. What else there was is an error.
        _ = await AttackAsync(victim, "hostile-server", path, "relay", Share(5), upstream: upstream);
    }

    [Theory]
    [InlineData(TachyonWaitMode.Park)]
    [InlineData(TachyonWaitMode.Adaptive)]
    [FullInlineData(TachyonWaitMode.Spin)]
    public async Task Storm_of_rings_and_state_changes_does_not_stop_other_connections(TachyonWaitMode mode)
    {
        var path = _directory.NewSocketPath();
        await using var victim = await Victim.StartPeerAsync("victim-server", path, mode, "pipes");
        await using var storm = ChildProgram.Start("Tachyon.TestPeer", ["storm", path, nameof(TachyonWaitMode.Park)]);
        Assert.Equal("ready", await storm.ReadLineAsync());

        // Each round is under a watchdog of its own; connections are made, used and closed beside it as well.
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(1, await EchoRawAsync(path, new CancellationToken(canceled: true)));
        }

        Assert.False(storm.HasExited);
        Assert.Empty((await victim.ReportAsync()).Errors);
        Figures.Report("honest calls checked beside hostile peers", 100);
    }

    private static int Share(int percent) => Math.Max(100, (int)((long)s_mutations * percent / 100));

    private static int CountOf(Victim.Report report, string log)
        => report.Ends.Where(entry => entry.Key.Contains(log, StringComparison.Ordinal)).Sum(static entry => entry.Value);

    /// <param name="echo">Honest traffic from here to the victim, until told to stop; null where the victim makes its own.</param>
    private async Task<Victim.Report> AttackAsync(
        Victim victim,
        string role,
        string path,
        string traffic,
        int mutations,
        Func<CancellationToken, Task<long>>? echo = null,
        string upstream = "")
    {
        output.WriteLine($"TACHYON_SEED={Attacker.Seed}");

        // What the runtime makes on first use is no leak.
        _ = await RunAsync(100);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => echo?.Invoke(new CancellationToken(canceled: true)) ?? Task.FromResult(0L)));
        var before = await ResourceSnapshot.SettledAsync(victim.Id);
        var checkedBefore = (await victim.ReportAsync()).Checked;

        using var stop = new CancellationTokenSource();
        Task<long>[] honest = [.. Enumerable.Range(0, echo is null ? 0 : 1).Select(_ => Task.Run(() => echo!(stop.Token)))];
        var attack = RunAsync(mutations);
        await Task.WhenAny([attack, .. honest]);
        if (!attack.IsCompleted)
        {
            // Honest traffic ends before only by failing, or by its watchdog.
            await Task.WhenAll(honest);
        }

        var deeds = await attack;
        await stop.CancelAsync();
        var echoed = (await Task.WhenAll(honest)).Sum();
        victim.AssertAlive();
        Assert.True(deeds.Mutations.Values.Sum() >= mutations);

        // The next honest peer is served, and nothing is left of the others.
        echoed += echo is null ? 0 : await echo(stop.Token);
        await victim.ReportAsync();
        await ResourceSnapshot.AssertReturnedAsync(victim.Id, before, $"The victim (TACHYON_SEED={Attacker.Seed})");
        var report = await victim.ReportAsync();
        Assert.Empty(report.Errors);
        echoed += report.Checked - checkedBefore;
        Assert.True(echoed > 0, "No honest traffic beside the attack.");

        output.WriteLine($"{deeds.Connections} connections: {string.Join(", ", deeds.Mutations.OrderBy(static pair => pair.Key, StringComparer.Ordinal))}");
        output.WriteLine($"{echoed} honest rounds; ends:\n{string.Join('\n', report.Ends)}");
        Figures.Report("mutations tried", deeds.Mutations.Values.Sum());
        Figures.Report("hostile connections", deeds.Connections);
        Figures.Report("honest calls checked beside hostile peers", echoed);
        return report;

        async Task<Attacker.Deeds> RunAsync(int count)
        {
            await using var attacker = await Attacker.StartAsync(role, path, traffic, count, upstream);
            return await attacker.FinishAsync();
        }
    }

    private static void AssertEveryEndIsExplained(Victim.Report report)
    {
        Assert.All(report.Ends.Keys, static reason => Assert.Matches($"{Asked}|TachyonProtocolException: {NamedRule}", reason));
        ReportNamed(report.Ends.Where(static end => Regex.IsMatch(end.Key, NamedRule)).Sum(static end => end.Value));
    }

    private static void ReportNamed(int count)
    {
        Assert.True(count > 0, "Not one violation was named.");
        Figures.Report("victim connections ended by a named rule", count);
    }

    /// <summary>At least one round; every byte is checked.</summary>
    private static async Task<long> EchoRawAsync(string path, CancellationToken stop)
    {
        const int Size = 20_000;
        await using var connection = await TachyonConnection.ConnectAsync(path, s_parking, CancellationToken.None).Within("an honest connection beside an attack");
        long rounds = 0;
        do
        {
            await Traffic.SendAsync(connection.Output, Size, (int)rounds).Within("an honest write beside an attack");
            for (long received = 0; received < Size;)
            {
                var read = await connection.Input.ReadAsync(CancellationToken.None).Within("an honest echo beside an attack");
                Assert.False(read.IsCompleted && read.Buffer.IsEmpty, "The honest connection ended.");
                BytePattern.Check(read.Buffer, received, (int)rounds);
                received += read.Buffer.Length;
                connection.Input.AdvanceTo(read.Buffer.End);
            }

            rounds++;
        }
        while (!stop.IsCancellationRequested);

        return rounds;
    }

    private static async Task<long> EchoGrpcAsync(TransportKind kind, string path, CancellationToken stop)
    {
        using var channel = TestTransport.For(kind).CreateChannel(path);
        var echo = new Echo.EchoClient(channel);
        var calls = 0;
        do
        {
            var size = calls * 997 % 50_000;
            var reply = await echo.UnaryAsync(Content.Create(calls, size), cancellationToken: CancellationToken.None)
                .ResponseAsync.Within("an honest call beside an attack");
            Assert.Null(Content.Difference(reply, calls, size));
            calls++;
        }
        while (!stop.IsCancellationRequested);

        return calls;
    }
}
