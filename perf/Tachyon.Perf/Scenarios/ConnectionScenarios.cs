using Grpc.Net.Client;
using Tachyon.Perf.Service;

namespace Tachyon.Perf.Scenarios;

/// <summary>Many connections, new connections, and connections that rest.</summary>
internal static class ConnectionScenarios
{
    /// <summary>The whole life of a short-lived client, one after the other.</summary>
    internal static Scenario ConnectAndCall()
    {
        Payload payload = Payloads.Create(64);
        return new Scenario("connect + first call", "connections", 0, 1, run => run.LoopAsync(async _ =>
        {
            using GrpcChannel channel = run.Connect();
            await new Echo.EchoClient(channel).UnaryAsync(payload);
        }));
    }

    internal static Scenario Connections(int connections, int busy)
    {
        Payload payload = Payloads.Create(64);
        string share = busy == 1 ? "1 busy" : "all busy";
        return new Scenario(
            $"connections {connections} ({share})", "connections", connections, busy,
            run => run.LoopAsync(async loop => await run.Clients[loop].UnaryAsync(payload)));
    }

    internal static Scenario Rest(string name, int connections)
        => new(name, "idle", connections, 0, run => Task.Delay(run.Duration));
}
