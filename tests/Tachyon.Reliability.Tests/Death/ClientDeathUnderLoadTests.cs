using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The client's process dies, in any way a process can, with calls of every kind in flight: their handlers end, other clients notice nothing, and
/// nothing of the dead connection stays in the server.
/// </summary>
public sealed class ClientDeathUnderLoadTests
{
    private static readonly Dictionary<string, string> s_heapLimit = new() { ["DOTNET_GCHeapHardLimit"] = "0x10000000" };

    public static TheoryData<string, TransportKind> Deaths => ServerDeathUnderLoadTests.Deaths;

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task All_handlers_end_and_the_server_goes_on(string death, TransportKind transport)
    {
        await using LoadedServer server = await LoadedServer.StartAsync(transport);
        using GrpcChannel survivor = server.CreateChannel();
        await LoadAssert.ServesAsync(survivor);
        await KillOneAsync(server, transport, "SIGKILL");
        OwnResources before = OwnResources.Take();

        await KillOneAsync(server, transport, death);

        await LoadAssert.ServesAsync(survivor);
        await before.AssertReturnedAsync();
        Figures.Report("kills survived", 2);
        Figures.Report("calls checked around deaths", server.Handled);
    }

    [Fact]
    public async Task Killed_at_random_moments()
    {
        Random random = Seed.NewRandom(2);
        int kills = TestSize.Of("TACHYON_KILLS", usual: 12, full: 60) / 2;
        await using LoadedServer server = await LoadedServer.StartAsync(TransportKind.Adaptive);
        using GrpcChannel survivor = server.CreateChannel();
        using MixedLoad ownLoad = MixedLoad.Start(survivor, TransportKind.Adaptive, server.Path);
        await ownLoad.UnderWay.Within("the survivor's load");
        await KillOneAsync(server, TransportKind.Adaptive, "SIGKILL", ownLoad.Lanes);
        OwnResources before = OwnResources.Take();
        for (int kill = 0; kill < kills; kill++)
        {
            TransportKind mode = (kill % 3) switch { 0 => TransportKind.Park, _ => TransportKind.Adaptive };
            await KillOneAsync(server, mode, "SIGKILL", ownLoad.Lanes, random.NextDouble() * 60);
        }

        // Of another client, all the time.
        IReadOnlyList<LaneEnd> ends = await ownLoad.StopAsync().Within("the end of the survivor's load");
        Assert.All(ends, static end => Assert.True(
            end.Status is null or global::Grpc.Core.StatusCode.Cancelled, $"The survivor's lane '{end.Lane}' ended with {end.Status} {end.Detail}"));
        Assert.NotEqual(0, ownLoad.Verified);
        await LoadAssert.ServesAsync(survivor);
        await before.AssertReturnedAsync();
        Figures.Report("kills survived", kills + 1);
        Figures.Report("calls checked around deaths", server.Handled);
    }

    private static async Task KillOneAsync(
        LoadedServer server, TransportKind transport, string death, int activeOfOthers = 0, double millisecondsBefore = 0)
    {
        await using ChildProgram client = await Host.StartAsync(HostRole.Load, transport, server.Path, environment: s_heapLimit);
        await Task.Delay(TimeSpan.FromMilliseconds(millisecondsBefore));
        if (death == "SIGKILL")
        {
            client.Kill();
        }
        else
        {
            client.Send(death);
        }

        await client.WaitForExitAsync();
        await Watchdog.Until(() => server.Active <= activeOfOthers, $"the end of the handlers of a client that died of: {death}");
    }
}
