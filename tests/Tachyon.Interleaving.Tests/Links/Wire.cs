using Microsoft.Win32.SafeHandles;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Interleaving.Links;

/// <summary>Both real ends of one connection. They share a reactor and a poller, as two ends in one process do.</summary>
internal sealed class Wire
{
    private Wire(ConnectionCore client, ConnectionCore server)
    {
        Client = client;
        Server = server;
    }

    internal ConnectionCore Client { get; }

    internal ConnectionCore Server { get; }

    internal static Wire Create(Execution run, TachyonWaitMode mode = TachyonWaitMode.Park)
    {
        using SafeFileHandle memory = SharedRegion.CreateMemory(Link.RingSize, Link.RingSize);
        SafeFileHandle clients = run.Owns(Handles.Doorbell());
        SafeFileHandle servers = run.Owns(Handles.Doorbell());
        (SafeFileHandle Server, SafeFileHandle Client) lifeline = Handles.Lifeline();
        var client = new ConnectionCore(
            SharedRegion.Map(memory, Link.RingSize, Link.RingSize), isServer: false, clients, run.Owns(Handles.Duplicate(servers)),
            run.Owns(lifeline.Client), mode);
        var server = new ConnectionCore(
            SharedRegion.Map(memory, Link.RingSize, Link.RingSize), isServer: true, servers, run.Owns(Handles.Duplicate(clients)),
            run.Owns(lifeline.Server), mode);
        client.Start(receiveEnded: null);
        server.Start(receiveEnded: null);
        return new Wire(client, server);
    }
}
