using System.Globalization;
using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>One side spends most of its time in blocking garbage collections, as long as its heap makes them: calls are slow, and
/// right.</summary>
public sealed class GarbageCollectionTests
{
    /// <summary>That must return beside the collections, each of which stops them for long.</summary>
    private static readonly int s_calls = TestSize.Of(usual: 5, full: 20);

    public static TheoryData<TransportKind> Modes
        => TestSize.IsFull ? [TransportKind.Adaptive, TransportKind.Park] : [TransportKind.Adaptive];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Server_that_collects(TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(transport, path);
        using var channel = TestTransport.For(transport).CreateChannel(path);
        using var load = MixedLoad.Start(channel, transport, path);
        await load.UnderWay.Within("the load");

        await CollectAsync(server, () => load.Verified, "server");

        Assert.Equal(0, load.Ended);
        await load.StopAsync().Within("the end of the load");
        await LoadAssert.ServesAsync(channel);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Client_that_collects(TransportKind transport)
    {
        await using var server = await LoadedServer.StartAsync(transport);
        await using var client = await HostProgram.StartAsync(HostRole.Load, transport, server.Path);

        // A lane that ended would have said so, where the next line is expected.
        await CollectAsync(client, () => server.Handled, "client");
        client.Send("ping");
        Assert.Equal(FaultCommands.Pong, await client.ReadLineAsync());
    }

    private static async Task CollectAsync(ChildProgram child, Func<long> progress, string side)
    {
        child.Send("collect garbage");
        Assert.Equal("collecting", await child.ReadLineAsync());
        var before = progress();
        await Watchdog.Until(() => progress() > before + s_calls, $"calls beside the collections of the {side}");
        child.Send("collect no more");
        var pause = (await child.ReadLineAsync())!.Split(' ');
        Assert.Equal("pause", pause[0]);
        Assert.NotEqual(0, int.Parse(pause[1], CultureInfo.InvariantCulture));
        Figures.Report($"longest garbage collection under calls, {side}", $"{pause[1]} ms");
        Figures.Report("resource faults injected", 1);
        before = progress();
        await Watchdog.Until(() => progress() > before + 50, $"calls after the collections of the {side}");
    }
}
