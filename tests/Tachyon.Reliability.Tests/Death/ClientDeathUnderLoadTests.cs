using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// The client's process dies, in any way a process can, with calls of every kind in flight: their handlers end, other clients notice
/// nothing, and nothing of the dead connection stays in the server.
/// </summary>
public sealed class ClientDeathUnderLoadTests
{
    private static readonly Dictionary<string, string> s_heapLimit = new() { ["DOTNET_GCHeapHardLimit"] = "0x10000000" };

    public static TheoryData<string, TransportKind> Deaths => ServerDeathUnderLoadTests.Deaths;

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task All_handlers_end_and_the_server_goes_on(string death, TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(HostRole.CountingServer, transport, path);
        using var survivor = TestTransport.For(transport).CreateChannel(path);
        await LoadAssert.ServesAsync(survivor);
        await KillOneAsync(server, path, transport, "SIGKILL");
        var before = await ResourceSnapshot.SettledAsync(server.Id);

        await KillOneAsync(server, path, transport, death);

        await LoadAssert.ServesAsync(survivor);
        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
        Figures.Report("kills survived", 2);
        Figures.Report("calls checked around deaths", (await server.HandlersAsync()).Started);
    }

    [Fact]
    public async Task Killed_at_random_moments()
    {
        var random = Seed.NewRandom(2);
        var kills = TestSize.Of("TACHYON_KILLS", usual: 4, full: 40) / 2;
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartAsync(HostRole.CountingServer, TransportKind.Direct, path);
        using var survivor = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        using var ownLoad = MixedLoad.Start(survivor, TransportKind.Adaptive, path);
        await ownLoad.UnderWay.Within("the survivor's load");
        await KillOneAsync(server, path, TransportKind.Adaptive, "SIGKILL", ownLoad.Lanes);
        var before = await ResourceSnapshot.SettledAsync(server.Id);
        for (var kill = 0; kill < kills; kill++)
        {
            var mode = (kill % 4) switch { 0 => TransportKind.Park, 1 => TransportKind.Direct, _ => TransportKind.Adaptive };
            await KillOneAsync(server, path, mode, "SIGKILL", ownLoad.Lanes, random.NextDouble() * 60);
        }

        // Of another client, all the time.
        var ends = await ownLoad.StopAsync().Within("the end of the survivor's load");
        Assert.All(ends, static end => Assert.True(
            end.Status is null or global::Grpc.Core.StatusCode.Cancelled, $"The survivor's lane '{end.Lane}' ended with {end.Status} {end.Detail}"));
        Assert.NotEqual(0, ownLoad.Verified);
        await LoadAssert.ServesAsync(survivor);
        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
        Figures.Report("kills survived", kills + 1);
        Figures.Report("calls checked around deaths", (await server.HandlersAsync()).Started);
    }

    private static async Task KillOneAsync(
        ChildProgram server, string path, TransportKind transport, string death, int activeOfOthers = 0, double millisecondsBefore = 0)
    {
        await using var client = await HostProgram.StartAsync(HostRole.Load, transport, path, environment: s_heapLimit);
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
        await EndOfHandlersAsync(server, activeOfOthers).Within($"the end of the handlers of a client that died of: {death}");
    }

    private static async Task EndOfHandlersAsync(ChildProgram server, int activeOfOthers)
    {
        while ((await server.HandlersAsync()).Active > activeOfOthers)
        {
            await Task.Delay(1);
        }
    }
}
