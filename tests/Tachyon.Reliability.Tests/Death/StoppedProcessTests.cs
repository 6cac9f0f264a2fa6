using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>A process that is stopped is not dead, and nothing that was under way is lost; killed while it is stopped it is dead at
/// once.</summary>
public sealed class StoppedProcessTests
{
    private const int Stops = 12;

    public static TheoryData<TransportKind> Modes => [TransportKind.Adaptive, TransportKind.Park, TransportKind.Direct];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Stopped_server_loses_nothing_and_its_death_is_noticed(TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(transport, path);
        using var channel = TestTransport.For(transport).CreateChannel(path);
        using var load = MixedLoad.Start(channel, transport, path);
        await load.UnderWay.Within("the load");
        await StopAndGoOnAsync(server, load);

        // Once more, and never again: what hangs on it must not wait for a SIGCONT.
        server.Signal(Signals.Stop);
        server.Kill();

        await LoadAssert.AllEndAsync(load, "a server that was killed while it was stopped");
        await server.WaitForExitAsync();
        Report(load);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Stopped_client_loses_nothing_and_its_death_is_noticed(TransportKind transport)
    {
        await using var server = await LoadedServer.StartAsync(transport);
        await using var client = await HostProgram.StartAsync(HostRole.Load, transport, server.Path);
        var random = Seed.NewRandom(4);
        for (var stop = 0; stop < Stops; stop++)
        {
            client.Signal(Signals.Stop);
            await Task.Delay(random.Next(20));
            client.Signal(Signals.Continue);

            // It goes on, which it does only while every answer is right and every lane lives: a lane that ends prints a line.
            var handled = server.Handled;
            await Watchdog.Until(() => server.Handled > handled + 20, $"calls after stop {stop}");
        }

        client.Send("ping");
        Assert.Equal(FaultCommands.Pong, await client.ReadLineAsync());
        client.Signal(Signals.Stop);
        client.Kill();

        await client.WaitForExitAsync();
        await Watchdog.Until(() => server.Active == 0, "the end of the handlers of a client that was killed while it was stopped");
        Figures.Report("kills survived", 1);
        Figures.Report("calls checked around deaths", server.Handled);
    }

    private static async Task StopAndGoOnAsync(ChildProgram server, MixedLoad load)
    {
        var random = Seed.NewRandom(3);
        for (var stop = 0; stop < Stops; stop++)
        {
            server.Signal(Signals.Stop);
            await Task.Delay(random.Next(20));
            server.Signal(Signals.Continue);
            var verified = load.Verified;
            await Watchdog.Until(() => load.Verified > verified + 20, $"right answers after stop {stop}");
        }

        Assert.Equal(0, load.Ended);
    }

    private static void Report(MixedLoad load)
    {
        Figures.Report("kills survived", 1);
        Figures.Report("calls checked around deaths", load.Started);
    }
}
