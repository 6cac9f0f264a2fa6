using System.Globalization;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>
/// A client process disposes its channels in the middle of everything: while they connect, under waiting calls, under streams half-way
/// in both directions, and under a blocked writer. Every call ends, as over Kestrel's own socket, and nothing is left in either process.
/// </summary>
public sealed class ClientDisposalTests : IDisposable
{
    private const int WarmUp = 20;

    /// <summary>Channels after which the client reports: the watchdog looks at each such step.</summary>
    private const int Step = 25;

    private static readonly int s_disposals = TestSize.Of("TACHYON_SHUTDOWNS", usual: 4, full: 40);

    private readonly TempDirectory _directory = new();

    public static TheoryData<TransportKind, int> Clients => new()
    {
        { TransportKind.UnixSocket, s_disposals / 2 },
        { TransportKind.Adaptive, s_disposals / 2 },
        { TransportKind.Park, s_disposals / 4 },
        { TransportKind.Direct, s_disposals / 2 },
        { TransportKind.Spin, s_disposals - (s_disposals / 2) - (s_disposals / 4) },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Client_is_disposed_in_the_middle_of_everything(TransportKind transport, int disposals)
    {
        var ends = await RunAsync(transport, "dispose", disposals);

        foreach (var end in ends.Keys)
        {
            // The same over the socket. A write may hear of the end of its call first: InvalidOperationException is the writer's own word
            // for it, IOException ("The request was aborted") HttpClient's, when it was just under way.
            string[] expected = end.StartsWith("write", StringComparison.Ordinal)
                ? ["Cancelled", "Unavailable", "ObjectDisposedException", "InvalidOperationException", "OperationCanceledException", "IOException"]
                : ["Cancelled", "Unavailable", "ObjectDisposedException"];
            var how = end.Split(": ")[1];

            // A call that has all of its answer keeps it.
            Assert.True(expected.Contains(how) || end == "large unary: OK", $"An unexpected end, {end}: {Text(ends)}");
        }

        if (transport != TransportKind.UnixSocket)
        {
            Figures.Report("clients disposed under load", disposals);
        }
    }

    [Theory]
    [InlineData(TransportKind.Adaptive)]
    [InlineData(TransportKind.Park)]
    [InlineData(TransportKind.Direct)]
    public async Task Channels_come_and_go_and_leave_nothing_behind(TransportKind transport)
    {
        var channels = TestSize.Of("TACHYON_CHURN", usual: 1_000, full: 20_000) / 50;

        var ends = await RunAsync(transport, "cycle", channels);

        Assert.True(ends.Count == 1 && ends["all calls OK"] == channels, Text(ends));
        Figures.Report("connections churned", channels);
    }

    private static string Text(Dictionary<string, int> ends)
        => string.Join(", ", ends.Select(static end => string.Create(CultureInfo.InvariantCulture, $"{end.Key} x{end.Value}")));

    private async Task<Dictionary<string, int>> RunAsync(TransportKind transport, string command, int count)
    {
        var path = _directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(HostRole.Server, transport, path);
        await using var client = await HostProgram.StartAsync(HostRole.Disposer, transport, path);
        client.Send($"{command} {WarmUp}");
        await HostProgram.ResultAsync<Dictionary<string, int>>(client);
        await Watchdog.Until(() => ResourceSnapshot.Take(server.Id).RingMappings + ResourceSnapshot.Take(client.Id).RingMappings == 0, "the end of the warm-up");
        (ResourceSnapshot Server, ResourceSnapshot Client) before = (ResourceSnapshot.Take(server.Id), ResourceSnapshot.Take(client.Id));

        Dictionary<string, int> ends = [];
        for (var done = 0; done < count; done += Step)
        {
            client.Send($"{command} {Math.Min(Step, count - done)}");
            foreach ((var end, var times) in await HostProgram.ResultAsync<Dictionary<string, int>>(client, TimeSpan.FromMinutes(1)))
            {
                ends[end] = ends.GetValueOrDefault(end) + times;
            }
        }

        // The socket is here for the ends of its calls. A plain handler that is disposed within its first request can leave a connection
        // until its idle timeout (OwnHandler in Tachyon.Grpc.Client says how); the handlers of our channels must not.
        if (transport != TransportKind.UnixSocket)
        {
            await ResourceSnapshot.AssertReturnedAsync(server.Id, before.Server, "The server");
            await ResourceSnapshot.AssertReturnedAsync(client.Id, before.Client, "The client");
        }

        return ends;
    }
}
