using Microsoft.Win32.SafeHandles;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Interleaving.Links;

/// <summary>Both real ends of one connection. They share a reactor and a poller, as two ends in one process do.</summary>
internal sealed class LinkedCores
{
    private LinkedCores(ConnectionCore client, ConnectionCore server)
    {
        Client = client;
        Server = server;
    }

    internal ConnectionCore Client { get; }

    internal ConnectionCore Server { get; }

    internal static LinkedCores Create(Execution run, TachyonWaitMode mode = TachyonWaitMode.Park)
    {
        using var memory = SharedRegion.CreateMemory(Link.RingSize, Link.RingSize);
        (var clients, var clientsRinger) = Handles.CreateDoorbell(run);
        (var servers, var serversRinger) = Handles.CreateDoorbell(run);
        var lifeline = Handles.CreateLifeline(run);
        var client = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(memory, Link.RingSize, Link.RingSize),
            IsServer = false,
            OwnDoorbell = clients,
            PeerDoorbell = serversRinger,
            Lifeline = lifeline.Client,
            Mode = mode,
        });
        var server = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(memory, Link.RingSize, Link.RingSize),
            IsServer = true,
            OwnDoorbell = servers,
            PeerDoorbell = clientsRinger,
            Lifeline = lifeline.Server,
            Mode = mode,
        });
        client.Start(receiveEnded: null);
        server.Start(receiveEnded: null);
        return new LinkedCores(client, server);
    }
}
