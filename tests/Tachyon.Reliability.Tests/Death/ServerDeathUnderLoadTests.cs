using System.Diagnostics;
using Grpc.Core;
using Tachyon.Reliability.Tests.Endurance;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The server's process dies, in any way a process can, while calls of every kind are in flight: each of them ends and says that the server
/// is gone, the same channel finds the server's successor, and nothing of the dead connection stays in the client.
/// </summary>
public sealed class ServerDeathUnderLoadTests
{
    /// <summary>256 MiB, for the death by lack of memory; far more than the load needs.</summary>
    private static readonly Dictionary<string, string> s_heapLimit = new() { ["DOTNET_GCHeapHardLimit"] = "0x10000000" };

    public static TheoryData<string, TransportKind> Deaths
    {
        get
        {
            TheoryData<string, TransportKind> deaths = [];
            foreach (var death in (string[])[.. FaultCommands.Deaths, "SIGKILL"])
            {
                deaths.Add(death, TransportKind.Adaptive);
            }

            deaths.Add("SIGKILL", TransportKind.Park);
            deaths.Add("SIGKILL", TransportKind.Direct);
            if (TestSize.IsFull)
            {
                deaths.Add("SIGKILL", TransportKind.Spin);
                deaths.Add("abort", TransportKind.Park);
            }

            return deaths;
        }
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task All_calls_end_and_the_channel_goes_on(string death, TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var client = await HostProgram.StartAsync(HostRole.CommandedLoad, transport, path);
        ResourceSnapshot before;
        await using (var server = await HostProgram.StartAsync(HostRole.Server, transport, path, environment: s_heapLimit))
        {
            before = await WarmUpAsync(client);
            await DoAsync(client, "open");
            client.Send("load");
            await HostProgram.ExpectAsync(client, CommandedLoadRole.Started);
            await HostProgram.ExpectAsync(client, CommandedLoadRole.UnderWay);
            if (death == "SIGKILL")
            {
                server.Kill();
            }
            else
            {
                server.Send(death);
            }

            // A handler that gets no memory fails, and says so, before the whole process does.
            client.Send("end");
            var report = await HostProgram.ResultAsync<LoadReport>(client);
            LoadAssert.AllEnded(report.Lanes, report.Ends, death, death == "out of memory" ? StatusCode.Unknown : StatusCode.Unavailable);
            await server.WaitForExitAsync();
            AssertDiedOf(death, server);
            Figures.Report("calls checked around deaths", report.Started);
        }

        await using (await HostProgram.StartServerAsync(transport, path))
        {
            await DoAsync(client, "call 100000");
            await DoAsync(client, "close");
        }

        await ResourceSnapshot.AssertReturnedAsync(client.Id, before, "The client");
        Figures.Report("kills survived", 1);
    }

    [Fact]
    public async Task Killed_at_random_moments()
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        var random = Seed.NewRandom(1);
        await using var client = await HostProgram.StartAsync(HostRole.CommandedLoad, TransportKind.Adaptive, path);
        ResourceSnapshot before;
        await using (await HostProgram.StartServerAsync(TransportKind.Adaptive, path))
        {
            before = await WarmUpAsync(client);
        }

        var kills = TestSize.Of("TACHYON_KILLS", usual: 4, full: 40) / 2;
        long calls = 0;
        List<TimeSpan> backAgain = [];
        await DoAsync(client, "open");
        for (var kill = 0; kill < kills; kill++)
        {
            var mode = (kill % 3) switch { 0 => TransportKind.Park, _ => TransportKind.Adaptive };
            await using var server = await HostProgram.StartServerAsync(mode, path);
            var ready = Stopwatch.GetTimestamp();
            await DoAsync(client, "call 64");
            backAgain.Add(Stopwatch.GetElapsedTime(ready));

            // From the first bytes of the calls to the middle of all of them; the moment is the point, nothing waits for it.
            client.Send("load");
            await HostProgram.ExpectAsync(client, CommandedLoadRole.Started);
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 80));
            server.Kill();
            client.Send("end");
            await HostProgram.ExpectAsync(client, CommandedLoadRole.UnderWay);
            var report = await HostProgram.ResultAsync<LoadReport>(client);
            LoadAssert.AllEnded(report.Lanes, report.Ends, $"kill {kill} with seed {Seed.Value}");
            calls += report.Started;
            await server.WaitForExitAsync();
        }

        await DoAsync(client, "close");
        await ResourceSnapshot.AssertReturnedAsync(client.Id, before, "The client");
        Figures.Report("kills survived", kills);
        Figures.Report("calls checked around deaths", calls);
        ReportedTimes.Report("restarted server ready to first good call of the same channel", backAgain);
    }

    private static void AssertDiedOf(string death, ChildProgram server)
    {
        var expected = death switch
        {
            "SIGKILL" => 128 + Signals.Kill,
            "exit" => 3,
            _ => 128 + 6, // SIGABRT, with which the runtime ends itself as well
        };
        Assert.True(expected == server.ExitCode, $"{death}: exit code {server.ExitCode}; {server.Errors}");
        var said = death switch
        {
            "out of memory" => "Out of memory",
            "unhandled exception" => "InvalidOperationException",
            "fail fast" => "The test asked for it.",
            _ => "",
        };
        Assert.Contains(said, server.Errors, StringComparison.Ordinal);
    }

    /// <summary>The first connection of a process makes things that stay.</summary>
    private static async Task<ResourceSnapshot> WarmUpAsync(ChildProgram client)
    {
        await DoAsync(client, "open");
        client.Send("load");
        await HostProgram.ExpectAsync(client, CommandedLoadRole.Started);
        await HostProgram.ExpectAsync(client, CommandedLoadRole.UnderWay);
        client.Send("stop");
        _ = await HostProgram.ResultAsync<LoadReport>(client);
        await DoAsync(client, "close");
        await Watchdog.Until(() => ResourceSnapshot.Take(client.Id).RingMappings == 0, "the end of the connections of the warm-up");
        return await ResourceSnapshot.SettledAsync(client.Id);
    }

    private static async Task DoAsync(ChildProgram client, string command)
    {
        client.Send(command);
        await HostProgram.ExpectAsync(client, command);
    }
}
