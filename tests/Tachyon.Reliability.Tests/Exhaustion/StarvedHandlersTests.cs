using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// Handlers block the threads of a small pool, on which the poller runs as well. All of them blocked: nothing moves over any transport, and
/// everything does once they are free. Each blocked for a moment: the number of calls answered is reported beside the Unix socket's.
/// </summary>
[Collection(Serial.Name)]
public sealed class StarvedHandlersTests
{
    private const int Callers = 48;

    public static TheoryData<TransportKind> Transports => [TransportKind.Adaptive, TransportKind.Park, TransportKind.UnixSocket];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Recovers_when_all_threads_were_blocked(TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(HostRole.StarvedServer, transport, path);
        using var channel = TestTransport.For(transport).CreateChannel(path);
        using var another = TestTransport.For(transport).CreateChannel(path);
        await LoadAssert.ServesAsync(channel);
        await LoadAssert.ServesAsync(another);
        var rounds = TestSize.Of(usual: 2, full: 5);
        for (var round = 0; round < rounds; round++)
        {
            List<Task> calls = [];
            for (var blocked = 1; blocked <= StarvedServerRole.Threads; blocked++)
            {
                calls.Add(CallAsync(channel, 64, "gate"));
                Assert.Equal($"{BlockingHandlers.BlockedLine} {blocked}", await server.ReadLineAsync());
            }

            // On the connection with the blocked calls, and on one that was idle.
            Task[] others =
                [.. Enumerable.Range(0, Callers).Select(index => CallAsync(index % 2 == 0 ? channel : another, 1 + (index * 1000)))];

            server.Send("release handlers");

            await Task.WhenAll([.. calls, .. others]).Within($"the calls of round {round} after the handlers were released");
        }

        Figures.Report("resource faults injected", rounds);
    }

    [Fact]
    public async Task Calls_answered_beside_the_unix_socket()
    {
        foreach (var transport in (TransportKind[])[TransportKind.Adaptive, TransportKind.UnixSocket])
        {
            using var directory = new TempDirectory();
            var path = directory.NewSocketPath();
            await using var server = await HostProgram.StartAsync(HostRole.StarvedServer, transport, path);
            using var channel = TestTransport.For(transport).CreateChannel(path);
            await LoadAssert.ServesAsync(channel);
            var start = Stopwatch.GetTimestamp();
            var answered = 0;
            Task[] callers = [.. Enumerable.Range(0, Callers).Select(async _ =>
            {
                while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2))
                {
                    await CallAsync(channel, 64, "5");
                    Interlocked.Increment(ref answered);
                }
            })];
            await Task.WhenAll(callers).Within("the callers of a starved server");
            await LoadAssert.ServesAsync(channel);
            Assert.NotEqual(0, answered);
            var name = transport == TransportKind.Adaptive ? "Tachyon" : "Unix socket";
            Figures.Report($"calls answered in 2 s by {StarvedServerRole.Threads} threads that each call blocks for 5 ms, {name}", answered);
        }

        Figures.Report("resource faults injected", 2);
    }

    private static async Task CallAsync(GrpcChannel channel, int size, string? block = null)
    {
        Metadata headers = [];
        if (block is not null)
        {
            headers.Add(BlockingHandlers.Header, block);
        }

        var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(size, size), headers);
        Assert.Null(Content.Difference(reply, size, size));
    }
}
