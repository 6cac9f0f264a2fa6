using System.Text.Json;
using Google.Protobuf;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>What many connections leave behind in a process that holds both of their ends.</summary>
public sealed record CyclesReport(int Cycles, ResourceCensus WarmedUp, ResourceCensus Afterwards);

/// <summary>
/// Opens and closes connections in a process where nothing else goes on, so that what is left over can only come from them.
/// </summary>
public static class CyclesRole
{
    /// <summary>Connections before the first count: pools, statics and the JIT have then taken what they take.</summary>
    public const int WarmUp = 100;

    public const int Cycles = 1000;

    internal static async Task<int> RunAsync(HostSettings settings)
    {
        var transport = TestTransport.For(settings.Transport);
        await using var app = TestApplication.Build(transport, settings.Path, new TestApplicationOptions());
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);

        await RunAsync(transport, settings.Path, WarmUp);
        var warmedUp = await ResourceCensus.SettleAsync();
        await RunAsync(transport, settings.Path, Cycles);
        var afterwards = await ResourceCensus.SettleAsync();

        Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(new CyclesReport(Cycles, warmedUp, afterwards))}");
        await app.StopAsync();
        return 0;
    }

    private static async Task RunAsync(TestTransport transport, string path, int cycles)
    {
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            using var channel = transport.CreateChannel(path);
            var reply = await new Echo.EchoClient(channel).UnaryAsync(new Payload { Index = cycle, Data = ByteString.Empty });
            if (reply.Index != cycle)
            {
                throw new InvalidOperationException($"Cycle {cycle} got the reply {reply.Index}.");
            }
        }
    }
}
