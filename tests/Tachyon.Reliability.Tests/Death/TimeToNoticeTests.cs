using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// How long the calls in flight wait for their end after a SIGKILL, beside Kestrel's Unix socket in the same run. Reported, not judged: the
/// machine decides. That they end, and how, is what is asserted.
/// </summary>
[Collection(Serial.Name)]
public sealed class TimeToNoticeTests
{
    private const int CallsInFlight = 16;

    [Fact]
    public async Task Reported_beside_the_unix_socket()
    {
        var kills = TestSize.Of("TACHYON_NOTICED_KILLS", usual: 2, full: 20);
        Dictionary<TransportKind, List<TimeSpan>> times = new()
        {
            [TransportKind.Adaptive] = [],
            [TransportKind.UnixSocket] = [],
        };
        for (var kill = 0; kill < kills; kill++)
        {
            // Who comes first changes: neither always has the other's remains to bear.
            TransportKind[] order = kill % 2 == 0
                ? [TransportKind.Adaptive, TransportKind.UnixSocket]
                : [TransportKind.UnixSocket, TransportKind.Adaptive];
            foreach (var transport in order)
            {
                times[transport].Add(await KillAsync(transport));
            }
        }

        Assert.All(times.Values, times => Assert.Equal(kills, times.Count));
        ReportedTimes.Report("time to notice a dead server, Tachyon", times[TransportKind.Adaptive]);
        ReportedTimes.Report("time to notice a dead server, Unix socket", times[TransportKind.UnixSocket]);
        Figures.Report("kills survived", 2 * kills);
        Figures.Report("calls checked around deaths", 2 * kills * CallsInFlight);
    }

    private static async Task<TimeSpan> KillAsync(TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(transport, path);
        using var channel = TestTransport.For(transport).CreateChannel(path);
        var hold = new Hold.HoldClient(channel);
        List<AsyncUnaryCall<Payload>> calls = [.. Enumerable.Range(0, CallsInFlight).Select(_ => hold.UnaryAsync(new Payload()))];

        // Behind them on the same connection: they have arrived.
        await LoadAssert.ServesAsync(channel, size: 64);
        Assert.All(calls, static call => Assert.False(call.ResponseAsync.IsCompleted));

        var start = Stopwatch.GetTimestamp();
        server.Kill();
        var last = TimeSpan.Zero;
        foreach (var call in calls)
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Within("a call to a killed server"));
            Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
            last = Stopwatch.GetElapsedTime(start);
            call.Dispose();
        }

        await server.WaitForExitAsync();
        return last;
    }
}
