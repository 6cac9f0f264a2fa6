using System.Globalization;
using Google.Protobuf;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>
/// Opens and closes connections in a process where nothing else goes on, so that what is left over can only come from them. A command is
/// the number of connections; the answer is the same number.
/// </summary>
internal static class CyclesRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        var transport = TestTransport.For(settings.Transport);
        await using var app = TestApplication.Build(transport, settings.Path, new TestApplicationOptions());
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            await RunAsync(transport, settings.Path, int.Parse(command, CultureInfo.InvariantCulture));
            Console.WriteLine(command);
        }

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
