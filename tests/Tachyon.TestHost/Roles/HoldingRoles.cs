using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Soak;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.TestHost.Roles;

/// <summary>A client that makes the server keep as much as it can, and the server that keeps it.</summary>
public static class HoldingRoles
{
    public const uint Holder = 4_000_013;
    public const int Connections = 8;

    private const int StreamsPerConnection = 100;
    private const UnixFileMode Everybody = (UnixFileMode)0b110_110_110;

    internal static async Task<int> ServeAsync(HostSettings settings)
    {
        await using var app = TestApplication.Build(TestTransport.For(settings.Transport), settings.Path, new TestApplicationOptions
        {
            Services = static services => services.Configure<TachyonServerOptions>(static options =>
            {
                options.SocketMode = Everybody;
                options.AllowedUserIds.Add(Holder);
            }),
        });
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in Leash.Commands.ReadAllAsync())
        {
            if (command == Heap.Command)
            {
                Heap.Report();
            }
        }

        return 0;
    }

    /// <summary>
    /// Opens some connections, and as many with each command, with all streams that the server allows: half of them ask for messages without end, half send a large one to a handler
    /// that does not read. Then it reads nothing from any connection.
    /// </summary>
    internal static async Task<int> HoldAsync(HostSettings settings)
    {
        List<object> held = [];
        await OpenAsync(settings, held);
        await foreach (var _ in Leash.Commands.ReadAllAsync())
        {
            await OpenAsync(settings, held);
        }

        return 0;
    }

    private static async Task OpenAsync(HostSettings settings, List<object> held)
    {
        var payload = Content.Create(0, 1024 * 1024);
        for (var connection = 0; connection < Connections; connection++)
        {
            var handler = TestTransport.For(settings.Transport).Attach(
                new SocketsHttpHandler { InitialHttp2StreamWindowSize = 16 * 1024 * 1024, UseProxy = false }, settings.Path);
            handler.EnableMultipleHttp2Connections = false;
            handler.InitialHttp2StreamWindowSize = 16 * 1024 * 1024;
            var connect = handler.ConnectCallback!;
            var reading = new TaskCompletionSource();
            handler.ConnectCallback = async (context, token) => new DeafStream(await connect(context, token), reading.Task);
            var channel = TestTransport.CreateChannel(handler);
            held.Add(channel);

            // One call to its end, so that the settings of both sides are known.
            await new Echo.EchoClient(channel).UnaryAsync(new Payload());
            reading.SetResult();
            for (var stream = 0; stream < StreamsPerConnection; stream++)
            {
                held.Add(stream % 2 == 0
                    ? new Flow.FlowClient(channel).Flood(new FloodRequest { Size = 16 * 1024 })
                    : new Hold.HoldClient(channel).UnaryAsync(payload));
            }
        }

        Console.WriteLine(HostSettings.ReadyLine);
    }
}
