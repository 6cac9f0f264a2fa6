using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>
/// Commands: "dispose n" disposes n channels in the middle of calls of every kind, "cycle n" n channels after calls of every kind. The
/// result counts the ends of the calls, by kind and how.
/// </summary>
internal static class DisposerRole
{
    private const int AtOnce = 4;

    public static async Task<int> RunAsync(HostSettings settings)
    {
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            var words = command.Split(' ');
            var count = int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            var next = -1;
            var ends = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
            {
                List<string> ends = [];
                for (var number = Interlocked.Increment(ref next); number < count; number = Interlocked.Increment(ref next))
                {
                    var channel = TestTransport.For(settings.Transport).CreateChannel(settings.Path);
                    ends.AddRange(words[0] == "dispose" ? await InTheMiddle.DisposeAsync(channel, number) : await CycleAsync(channel));
                }

                return ends;
            })));
            var counts = ends.SelectMany(static ends => ends).GroupBy(static end => end)
                .ToDictionary(static group => group.Key, static group => group.Count());
            Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(counts)}");
        }

        return 0;
    }

    private static async Task<IEnumerable<string>> CycleAsync(GrpcChannel channel)
    {
        using (channel)
        {
            var echo = new Echo.EchoClient(channel);
            var answer = await echo.UnaryAsync(Content.Create(1, 1_000));
            using var expand = echo.Expand(new ExpandRequest { Messages = 3, Size = 1_000 });
            var messages = await expand.ResponseStream.ReadAllAsync().CountAsync();
            using var collect = echo.Collect();
            await collect.RequestStream.WriteAsync(answer);
            await collect.RequestStream.CompleteAsync();
            var summary = await collect;
            using var duplex = echo.Duplex();
            await duplex.RequestStream.WriteAsync(answer);
            await duplex.RequestStream.CompleteAsync();
            var echoed = await duplex.ResponseStream.ReadAllAsync().SingleAsync();
            return [Content.Difference(echoed, 1, 1_000) ?? (messages == 3 && summary.Messages == 1 ? "all calls OK" : "calls differ")];
        }
    }
}
