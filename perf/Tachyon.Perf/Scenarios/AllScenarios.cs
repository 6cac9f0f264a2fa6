using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Measuring;

namespace Tachyon.Perf.Scenarios;

/// <summary>Every scenario by its name.</summary>
internal static class AllScenarios
{
    internal const string Idle = "idle x1000";
    internal const string IdleOne = "idle x1";

    // Some 200 us where a step takes 1.5 ns.
    private static readonly WorkRequest s_compute = new() { Steps = 130_000 };
    private static readonly WorkRequest s_block = new() { BlockMs = 2 };
    private static readonly Payload s_payload = EchoScenarios.CreatePayload(64);

    internal static readonly IReadOnlyList<Scenario> All =
    [
        .. from size in (int[])[0, 64, 1 << 10, 4 << 10, 64 << 10, 1 << 20, 4 << 20]
           from inFlight in (int[])[1, 16, 64, 256]
           select EchoScenarios.Unary(size, inFlight),
        .. ((int[])[1, 4, 20]).Select(Paced),
        new Scenario("ping-pong 64 B", "streams", 1, 1, PingPongAsync),
        .. ((int[])[1 << 10, 64 << 10, 1 << 20]).Select(EchoScenarios.Download),
        .. ((int[])[1 << 10, 64 << 10, 1 << 20]).Select(EchoScenarios.Upload),
        new Scenario("connect + first call", "connections", 0, 1, ConnectAndCallAsync),
        new Scenario("connect 32 + first calls", "connections", 0, 1, ConnectManyAsync),
        .. from connections in (int[])[1, 10, 100, 1000]
           from busy in connections == 1 ? (int[])[1] : [1, connections]
           select Connections(connections, busy),

        // Handlers that need the cores or the threads that polling might take from them.
        new Scenario("handlers compute", "handlers", 1, 8, run => run.LoopAsync(async _ => await run.Clients[0].WorkAsync(s_compute))),
        new Scenario("handlers block", "handlers", 1, 32, run => run.LoopAsync(async _ => await run.Clients[0].WorkAsync(s_block))),
        .. from loops in (int[])[1, 2, 4]
           from scenario in (Scenario[])
           [
               EchoScenarios.Unary(64, 1), EchoScenarios.Unary(64, 16), EchoScenarios.Unary(64 << 10, 1),
               new Scenario("ping-pong 64 B", "streams", 1, 1, PingPongAsync), Paced(4),
           ]
           select Busy(loops, scenario),
        IdleConnections(Idle, 1000),
    ];

    private static readonly Scenario s_idleOne = IdleConnections(IdleOne, 1);

    internal static Scenario Named(string name)
        => name == IdleOne ? s_idleOne : All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new ArgumentException($"There is no scenario '{name}'.");

    /// <summary>The same beside endless loops of other processes.</summary>
    private static Scenario Busy(int loops, Scenario scenario)
        => scenario with { Name = $"busy {loops}: {scenario.Name}", Family = "busy machine", BusyLoops = loops };

    /// <summary>Calls with pauses, in which both sides go to sleep.</summary>
    private static Scenario Paced(int milliseconds)
        => new($"paced {milliseconds} ms", "paced", 1, 1, async run =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds));
            do
            {
                await timer.WaitForNextTickAsync();
                await run.RecordAsync(0, async _ => await run.Clients[0].UnaryAsync(s_payload));
            }
            while (!run.Over);
        });

    private static async Task PingPongAsync(ScenarioRun run)
    {
        using var call = run.Clients[0].PingPong();
        await run.LoopAsync(async _ =>
        {
            await call.RequestStream.WriteAsync(s_payload);
            await call.ResponseStream.MoveNext(default);
        });
        await call.RequestStream.CompleteAsync();
    }

    /// <summary>The whole life of a short-lived client, one after the other.</summary>
    private static Task ConnectAndCallAsync(ScenarioRun run)
        => run.LoopAsync(async _ =>
        {
            using var channel = run.Connect();
            await channel.Client.UnaryAsync(s_payload);
        });

    /// <summary>A pool that grows: none is closed before the last is made, so that none has the memory of another.</summary>
    private static async Task ConnectManyAsync(ScenarioRun run)
    {
        const int Connections = 32;
        while (!run.Over)
        {
            List<IDisposable> channels = [];
            for (var i = 0; i < Connections && !run.Over; i++)
            {
                await run.RecordAsync(0, async _ =>
                {
                    var channel = run.Connect();
                    channels.Add(channel);
                    await channel.Client.UnaryAsync(s_payload);
                });
            }

            channels.ForEach(static channel => channel.Dispose());
        }
    }

    private static Scenario Connections(int connections, int busy)
        => new(
            $"connections {connections} ({(busy == 1 ? "1 busy" : "all busy")})", "connections", connections, busy,
            run => run.LoopAsync(async loop => await run.Clients[loop].UnaryAsync(s_payload)));

    private static Scenario IdleConnections(string name, int connections)
        => new(name, "idle", connections, 0, run => Task.Delay(run.Duration));
}
