using System.Globalization;
using System.Text.Json;
using Grpc.Net.Client;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>The calls of a load, and how its lanes ended.</summary>
public sealed record LoadReport(int Lanes, long Started, IReadOnlyList<LaneEnd> Ends);

/// <summary>
/// A client whose servers die, in a process where nothing else goes on. The commands "open" and "close" are for its channel. "call n" makes
/// a checked call of n bytes. The answer to these three is the command. "load" starts a mixed load, and reports <see cref="Started"/> and,
/// when all of its lanes work, <see cref="UnderWay"/>. "end" waits for the end of the load and "stop" stops it; both report how it ended.
/// </summary>
public static class CommandedLoadRole
{
    public const string Started = "started";

    public const string UnderWay = "under way";

    internal static async Task<int> RunAsync(HostSettings settings)
    {
        var transport = TestTransport.For(settings.Transport);
        GrpcChannel? channel = null;
        MixedLoad? load = null;
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            var words = command.Split(' ');
            switch (words[0])
            {
                case "open":
                    channel = transport.CreateChannel(settings.Path);
                    Console.WriteLine(command);
                    break;
                case "close":
                    channel!.Dispose();
                    Console.WriteLine(command);
                    break;
                case "call":
                    var size = int.Parse(words[1], CultureInfo.InvariantCulture);
                    var reply = await new Echo.EchoClient(channel!).UnaryAsync(Content.Create(size, size));
                    Console.WriteLine(Content.Difference(reply, size, size) ?? command);
                    break;
                case "load":
                    load = MixedLoad.Start(channel!, settings.Transport, settings.Path);
                    Console.WriteLine(Started);
                    await load.UnderWay;
                    Console.WriteLine(UnderWay);
                    break;
                default:
                    var ends = await (words[0] == "stop" ? load!.StopAsync() : load!.EndAsync());
                    var report = new LoadReport(load.Lanes, load.Started, ends);
                    load.Dispose();
                    Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(report)}");
                    break;
            }
        }

        return 0;
    }
}
