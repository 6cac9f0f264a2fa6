using Grpc.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Ledgers;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>
/// A host is stopped while another process loads it with calls of every kind. What was acknowledged has been processed, once and in its
/// order; every call ends, and nothing is left. Over Kestrel's own socket too, a few times: it proves the test right.
/// </summary>
public sealed class ShutdownUnderLoadTests : IDisposable
{
    private const int WarmUp = 4;

    /// <summary>Processes that are stopped from outside, for each ten hosts that stop themselves.</summary>
    private const int HostsOfOneProcess = 10;

    private static readonly int s_stops = TestSize.Of("TACHYON_SHUTDOWNS", usual: 4, full: 40);

    private readonly TempDirectory _directory = new();

    public static TheoryData<TransportKind, int> Hosts => new()
    {
        { TransportKind.UnixSocket, s_stops / 4 },
        { TransportKind.Adaptive, s_stops / 2 },
        { TransportKind.Park, s_stops / 4 },
        { TransportKind.Direct, s_stops / 2 },
        { TransportKind.Spin, s_stops - (s_stops / 2) - (s_stops / 4) },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_stops_under_full_load(TransportKind transport, int stops)
    {
        var path = _directory.NewSocketPath();
        await using var hosts = HostProgram.Start(HostRole.LedgerHosts, transport, path);
        await using var load = await HostProgram.StartAsync(HostRole.LedgerLoad, transport, path);
        (ResourceSnapshot Hosts, ResourceSnapshot Load)? before = null;
        for (var stop = 0; stop < WarmUp + stops; stop++)
        {
            if (stop == WarmUp)
            {
                before = (ResourceSnapshot.Take(hosts.Id), ResourceSnapshot.Take(load.Id));
            }

            // By turns: calls that end by themselves, which the stop lets finish; and calls that never end, which it cuts.
            var finite = stop % 2 == 0;
            hosts.Send($"{(finite ? "patient" : "impatient")} {100 + (stop * 37 % 400)}");
            await HostProgram.ExpectAsync(hosts, HostSettings.ReadyLine);
            load.Send(finite ? "finite" : "endless");
            var ledger = await HostProgram.ResultAsync<LedgerReport>(hosts);
            var workers = await HostProgram.ResultAsync<WorkerReport[]>(load);
            AssertNothingLost(transport, ledger, workers, finite);
        }

        await ResourceSnapshot.AssertReturnedAsync(hosts.Id, before!.Value.Hosts, "The process of the hosts");
        await ResourceSnapshot.AssertReturnedAsync(load.Id, before.Value.Load, "The client");
        if (transport != TransportKind.UnixSocket)
        {
            Figures.Report("hosts stopped under load", WarmUp + stops);
        }
    }

    [Theory]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    [InlineData(TransportKind.Park)]
    public async Task Process_is_told_to_stop_under_full_load(TransportKind transport)
    {
        var stops = transport == TransportKind.UnixSocket ? 2 : Math.Max(1, s_stops / HostsOfOneProcess / 2);
        var path = _directory.NewSocketPath();
        await using var load = await HostProgram.StartAsync(HostRole.LedgerLoad, transport, path);
        ResourceSnapshot? before = null;
        for (var stop = 0; stop <= stops; stop++)
        {
            await using var server = await HostProgram.StartAsync(HostRole.LedgerServer, transport, path);
            load.Send("endless");
            await HostProgram.ExpectAsync(server, "loaded");

            server.Signal(Signals.Terminate);

            var ledger = await HostProgram.ResultAsync<LedgerReport>(server);
            await server.WaitForExitAsync();
            Assert.Equal(0, server.ExitCode);
            AssertNothingLost(transport, ledger, await HostProgram.ResultAsync<WorkerReport[]>(load), finite: false);
            before ??= ResourceSnapshot.Take(load.Id);
        }

        await ResourceSnapshot.AssertReturnedAsync(load.Id, before!, "The client");
        if (transport != TransportKind.UnixSocket)
        {
            Figures.Report("hosts stopped under load", stops + 1);
        }
    }

    /// <summary>
    /// HttpClient was writing when the server closed its socket, which it had finished with. The write fails (EPIPE), and HttpClient ends
    /// the connection without reading what the kernel still holds for it. Over shared memory such a write is not an error.
    /// </summary>
    private static bool IsCutByOwnWrite(TransportKind transport, WorkerReport worker)
        => transport == TransportKind.UnixSocket
        && worker.Status == StatusCode.Unavailable
        && worker.Detail.Contains("SocketException: Broken pipe", StringComparison.Ordinal);

    private static void AssertNothingLost(TransportKind transport, LedgerReport ledger, WorkerReport[] workers, bool finite)
    {
        Assert.Empty(ledger.Violations);
        Assert.False(ledger.SocketFileLeft);
        Assert.True(ledger.Processed.Values.Sum() > 0);
        foreach (var worker in workers)
        {
            var processed = ledger.Processed.GetValueOrDefault(worker.Number);
            Assert.True(worker.Acknowledged <= processed && processed <= worker.Sent, $"The server processed {processed} messages of {worker}.");

            // Where every call may finish, what the server processed is also acknowledged.
            Assert.True(
                !finite || worker.Acknowledged == processed || IsCutByOwnWrite(transport, worker),
                $"The server acknowledged {processed} messages of {worker}.");

            // Internal: the call was given to the connection in the moment in which HttpClient heard the server's GOAWAY. Over any
            // transport.
            Assert.True(worker.Status is StatusCode.Unavailable or StatusCode.Internal, $"An unexpected end: {worker}");
        }
    }
}
