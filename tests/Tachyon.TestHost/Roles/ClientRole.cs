using Grpc.Core;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>
/// A client that a test kills while it has calls of every kind open. It reads nothing of the flood, so the server's writer is
/// blocked by back-pressure as well.
/// </summary>
public static class ClientRole
{
    /// <summary>The call ids under which the server's probe sees the calls.</summary>
    public static IReadOnlyList<string> CallIds { get; } = ["unary", "client-stream", "server-stream", "duplex", "drain", "flood"];

    internal static async Task<int> RunAsync(HostSettings settings)
    {
        using var channel = TestTransport.For(settings.Transport).CreateChannel(settings.Path);
        var hold = new Hold.HoldClient(channel);
        var flow = new Flow.FlowClient(channel);

        using var unary = hold.UnaryAsync(new Payload(), Id("unary"));
        using var clientStream = hold.ClientStream(Id("client-stream"));
        await clientStream.RequestStream.WriteAsync(new Payload());
        using var serverStream = hold.ServerStream(new Payload(), Id("server-stream"));
        using var duplex = hold.Duplex(Id("duplex"));
        await duplex.RequestStream.WriteAsync(new Payload());
        using var drain = flow.Drain(Id("drain"));
        using var flood = flow.Flood(new FloodRequest { Size = 64 * 1024 }, Id("flood"));
        Console.WriteLine(HostSettings.ReadyLine);

        // Traffic from the client for as long as it lives.
        for (var index = 0; ; index++)
        {
            await drain.RequestStream.WriteAsync(Content.Create(index, 4096));
        }
    }

    private static Metadata Id(string id) => new() { { ServerProbe.IdHeader, id } };
}
