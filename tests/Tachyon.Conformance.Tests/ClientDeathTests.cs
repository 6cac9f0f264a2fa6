using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>The client's process is killed with calls of every kind open: the server's handlers have to learn it.</summary>
[Trait("Category", "Long")]
public sealed class ClientDeathTests
{
    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Handlers_of_every_kind_are_cancelled(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        await using var client = await StartClientAsync(server);

        await client.KillAsync();

        await AssertAllCancelledAsync(server);
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Handlers_are_cancelled_when_the_client_was_suspended_before(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        await using var client = await StartClientAsync(server);

        // Suspended, it takes nothing out of the transport any more: more calls are blocked when it dies.
        client.Signal(Signals.Stop);
        await Watchdog.StandstillAsync(() => server.Probe.Call("flood").Written, "the standstill of the flood");

        await client.KillAsync();

        await AssertAllCancelledAsync(server);
    }

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Other_clients_are_not_disturbed(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        using var call = HeldCall.Open(CallKind.Duplex, channel);
        await call.FirstMessage.Within("the first message of the survivor's call");
        var victims = TestSize.Of(usual: 1, full: 3);
        for (var victim = 0; victim < victims; victim++)
        {
            await using var client = await HostProgram.StartAsync(HostRole.Client, transport, server.Path);
            await client.KillAsync();
        }

        Assert.False(call.Completion.IsCompleted);
        server.Probe.Call(call.Id).Release();
        await call.Completion.Within("the survivor's call");
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the survivor's next call");
    }

    [Theory]
    [OverTransports(Spin = false, HasProcesses = true)]
    public async Task Dead_clients_leave_nothing_behind_in_the_server(TransportKind transport)
    {
        var victims = TestSize.Of(usual: 2, full: 4);

        // A process of its own: the test process opens and closes files for other reasons, such as the pipes of its children.
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        await using var server = await HostProgram.StartAsync(HostRole.Server, transport, path);
        await KillAClientAsync(transport, path);
        await Watchdog.StandstillAsync(() => ProcessFacts.Descriptors($"{server.Id}"), "the end of the first client's connection");
        var before = ResourceSnapshot.Take(server.Id);

        for (var victim = 0; victim < victims; victim++)
        {
            await KillAClientAsync(transport, path);
        }

        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
    }

    private static async Task KillAClientAsync(TransportKind transport, string path)
    {
        await using var client = await HostProgram.StartAsync(HostRole.Client, transport, path);
        await client.KillAsync();
    }

    private static async Task<ChildProgram> StartClientAsync(TestServer server)
    {
        var client = await HostProgram.StartAsync(HostRole.Client, server.Kind, server.Path);
        try
        {
            foreach (var id in ClientRole.CallIds)
            {
                await server.Probe.Call(id).Started.Within($"the start of the call {id}");
            }

            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    private static async Task AssertAllCancelledAsync(TestServer server)
    {
        foreach (var id in ClientRole.CallIds)
        {
            await server.Probe.Call(id).Cancelled.Within($"the cancellation of the call {id} of a killed client");
            await server.Probe.Call(id).Finished.Within($"the end of the call {id} of a killed client");
        }
    }
}
