using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Death;

/// <summary>
/// Client and server in different PID namespaces, as in two containers: neither can name the other by a process id (SO_PEERCRED even says 0
/// for a peer that has none here), yet each learns of the other's death.
/// </summary>
public sealed class PidNamespaceTests
{
    private static readonly string[] s_unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

    [RequiresFact(Requires.Root, "unshare")]
    public async Task Death_of_a_server_in_another_namespace_is_noticed()
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        using var channel = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        await using var unshare = await HostProgram.StartAsync(HostRole.Server, TransportKind.Adaptive, path, s_unshare);
        var server = Assert.Single(ProcessFacts.Children(unshare.Id));
        var who = await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("the first call");
        Assert.Equal(1, who.ProcessId);
        using var load = MixedLoad.Start(channel, TransportKind.Adaptive, path);
        await load.UnderWay.Within("the load");

        Signals.Send(server, Signals.Kill);

        await LoadAssert.AllEndAsync(load, "a server killed in another PID namespace");
        await unshare.WaitForExitAsync();
        Figures.Report("kills survived", 1);
        Figures.Report("calls checked around deaths", load.Started);
    }

    [RequiresFact(Requires.Root, "unshare")]
    public async Task Death_of_a_client_in_another_namespace_is_noticed()
    {
        await using var server = await LoadedServer.StartAsync(TransportKind.Adaptive);
        await using var unshare = await HostProgram.StartAsync(HostRole.Load, TransportKind.Adaptive, server.Path, s_unshare);
        var client = Assert.Single(ProcessFacts.Children(unshare.Id));
        Assert.NotEqual(0, server.Active);

        Signals.Send(client, Signals.Kill);

        await unshare.WaitForExitAsync();
        await Watchdog.Until(() => server.Active == 0, "the end of the handlers of a client killed in another PID namespace");
        Figures.Report("kills survived", 1);
        Figures.Report("calls checked around deaths", server.Handled);
    }

    [RequiresFact(Requires.Root, "unshare")]
    public async Task Neither_of_two_foreign_namespaces_can_name_the_other()
    {
        // Both ends are in namespaces of their own, that are not nested: the kernel says pid 0 to both.
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = ChildProgram.Start("Tachyon.TestPeer", ["serve", path, "Adaptive", "echo"], wrapper: s_unshare);
        Assert.Equal("ready", await server.ReadLineAsync());
        await using var client = ChildProgram.Start("Tachyon.TestPeer", ["exchange", path], wrapper: s_unshare);
        Assert.Equal("connected to 0", await client.ReadLineAsync());
        client.Send("exchange");
        Assert.Equal("exchanged 1000000", await client.ReadLineAsync());

        Signals.Send(Assert.Single(ProcessFacts.Children(server.Id)), Signals.Kill);

        Assert.Equal("closed", await client.ReadLineAsync());
        Figures.Report("kills survived", 1);
    }
}
