using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The server's process dies, in any way a process can, while calls of every kind are in flight: each of them ends and says that the server is
/// gone, the same channel finds the server's successor, and nothing of the dead connection stays in the client.
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
            foreach (string death in (string[])[.. FaultCommands.Deaths, "SIGKILL"])
            {
                deaths.Add(death, TransportKind.Adaptive);
            }

            deaths.Add("SIGKILL", TransportKind.Park);
            deaths.Add("SIGKILL", TransportKind.Spin);
            deaths.Add("abort", TransportKind.Park);
            return deaths;
        }
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task All_calls_end_and_the_channel_goes_on(string death, TransportKind transport)
    {
        using var directory = new TempDirectory();
        string path = directory.NewSocketPath();
        await WarmUpAsync(transport);
        OwnResources before = OwnResources.Take();
        using (GrpcChannel channel = TestTransport.For(transport).CreateChannel(path))
        {
            await using (ChildProgram server = await Host.StartAsync(HostRole.Server, transport, path, environment: s_heapLimit))
            {
                using MixedLoad load = MixedLoad.Start(channel, transport, path);
                await load.UnderWay.Within("the load");
                if (death == "SIGKILL")
                {
                    server.Kill();
                }
                else
                {
                    server.Send(death);
                }

                // A handler that gets no memory fails, and says so, before the whole process does.
                await LoadAssert.AllEndAsync(load, death, death == "out of memory" ? StatusCode.Unknown : StatusCode.Unavailable);
                await server.WaitForExitAsync();
                AssertDiedOf(death, server);
                Figures.Report("calls checked around deaths", load.Started);
            }

            await using ChildProgram successor = await Host.StartServerAsync(transport, path);
            await LoadAssert.ServesAsync(channel);
        }

        await before.AssertReturnedAsync();
        Figures.Report("kills survived", 1);
    }

    [Fact]
    public async Task Killed_at_random_moments()
    {
        using var directory = new TempDirectory();
        string path = directory.NewSocketPath();
        Random random = Seed.NewRandom(1);
        await WarmUpAsync(TransportKind.Adaptive);
        OwnResources before = OwnResources.Take();
        int kills = TestSize.Of("TACHYON_KILLS", usual: 12, full: 60) / 2;
        long calls = 0;
        List<TimeSpan> backAgain = [];
        using (GrpcChannel channel = TestTransport.For(TransportKind.Adaptive).CreateChannel(path))
        {
            for (int kill = 0; kill < kills; kill++)
            {
                TransportKind mode = (kill % 3) switch { 0 => TransportKind.Park, _ => TransportKind.Adaptive };
                await using ChildProgram server = await Host.StartServerAsync(mode, path);
                long ready = Stopwatch.GetTimestamp();
                await LoadAssert.ServesAsync(channel, size: 64, $"the first call to server {kill}");
                backAgain.Add(Stopwatch.GetElapsedTime(ready));

                // From the first bytes of the calls to the middle of all of them; the moment is the point, nothing waits for it.
                using MixedLoad load = MixedLoad.Start(channel, TransportKind.Adaptive, path);
                await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 80));
                server.Kill();
                await LoadAssert.AllEndAsync(load, $"kill {kill} with seed {Seed.Value}");
                calls += load.Started;
                await server.WaitForExitAsync();
            }
        }

        await before.AssertReturnedAsync();
        Figures.Report("kills survived", kills);
        Figures.Report("calls checked around deaths", calls);
        ReportedTimes.Report("restarted server ready to first good call of the same channel", backAgain);
    }

    private static void AssertDiedOf(string death, ChildProgram server)
    {
        int expected = death switch
        {
            "SIGKILL" => 128 + Signals.Kill,
            "exit" => 3,
            _ => 128 + 6, // SIGABRT, with which the runtime ends itself as well
        };
        Assert.True(expected == server.ExitCode, $"{death}: exit code {server.ExitCode}; {server.Errors}");
        string said = death switch
        {
            "out of memory" => "Out of memory",
            "unhandled exception" => "InvalidOperationException",
            "fail fast" => "The test asked for it.",
            _ => "",
        };
        Assert.Contains(said, server.Errors, StringComparison.Ordinal);
    }

    /// <summary>The first connection of a process makes things that stay.</summary>
    private static async Task WarmUpAsync(TransportKind transport)
    {
        await using LoadedServer server = await LoadedServer.StartAsync(transport);
        using GrpcChannel channel = server.CreateChannel();
        using MixedLoad load = MixedLoad.Start(channel, transport, server.Path);
        await load.UnderWay.Within("the load to warm up");
        await load.StopAsync().Within("the end of the warm-up");
    }
}
