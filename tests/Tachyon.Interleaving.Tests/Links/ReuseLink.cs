using Tachyon.Interleaving.Exploring;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Interleaving.Links;

/// <summary>Both real ends of a connection whose memory both sides keep after its end, and the next connection in it.</summary>
internal sealed class ReuseLink
{
    private const int ProcessId = 1;

    private readonly ReusableMemory _clients = new();
    private readonly ReusableMemory _servers = new();

    private ReuseLink(Execution run)
    {
        run.AtEnd(_clients.Dispose);
        run.AtEnd(_servers.Dispose);
    }

    internal ConnectionCore Client { get; private set; } = null!;

    internal ConnectionCore Server { get; private set; } = null!;

    /// <summary>How often the place among the limits was given back.</summary>
    internal Claims Claim { get; } = new();

    internal static ReuseLink Create(Execution run)
    {
        var link = new ReuseLink(run);
        using var memory = SharedRegion.CreateMemory(Link.RingSize, Link.RingSize);
        (var clients, var clientsRinger) = Handles.CreateDoorbell(run);
        (var servers, var serversRinger) = Handles.CreateDoorbell(run);
        var lifeline = Handles.CreateLifeline(run);
        var number = ReusableMemory.NextNumber();
        var region = SharedRegion.Map(memory, Link.RingSize, Link.RingSize);
        region.ReuseNumber = number;
        link.Client = Start(new ConnectionSetup
        {
            Region = SharedRegion.Map(memory, Link.RingSize, Link.RingSize),
            IsServer = false,
            OwnDoorbell = clients,
            PeerDoorbell = serversRinger,
            Lifeline = lifeline.Client,
            Mode = TachyonWaitMode.Park,
            ReusePlace = new ReusePlace(link._clients, "", ProcessId, number),
        });
        link.Server = Start(new ConnectionSetup
        {
            Region = region,
            IsServer = true,
            OwnDoorbell = servers,
            PeerDoorbell = clientsRinger,
            Lifeline = lifeline.Server,
            Mode = TachyonWaitMode.Park,
            Claim = link.Claim,
            ReusePlace = new ReusePlace(link._servers, "", ProcessId, number),
        });
        return link;
    }

    internal static RingPipeReader Reader(ConnectionCore end) => new(end, zeroCopy: true, static failure => failure);

    internal static RingPipeWriter Writer(ConnectionCore end) => new(end);

    /// <summary>Ends one side in order, as its owner does.</summary>
    internal static void Close(ConnectionCore end)
    {
        Reader(end).Close();
        Writer(end).Close();
    }

    /// <summary>The two sides of a handshake, one after the other: the client offers what it has, and the server looks for it.</summary>
    /// <returns>The two ends of the next connection; null where one of the sides has not kept the memory, or not yet.</returns>
    internal (ConnectionCore Client, ConnectionCore Server)? TryOpenAgain()
    {
        if (TryTake() is not { } both)
        {
            return null;
        }

        var server = OpenServer(both.Server);
        return (Start(both.Client.Reuse(TachyonWaitMode.Park, claim: null)), server);
    }

    /// <summary>The client comes again, if both have kept the memory by now, and sends to the server.</summary>
    internal async Task SendAgainAsync()
    {
        if (TryOpenAgain() is not { } next)
        {
            return;
        }

        var receiving = Reader(next.Server).ReceiveAsync(10);
        await Writer(next.Client).SendAsync(10);
        await receiving;
    }

    /// <summary>Takes out what both sides have kept; what only the client has stays there.</summary>
    internal (ConnectionResources Client, ConnectionResources Server)? TryTake()
    {
        if (_clients.Take(static _ => true) is not { } ofClient)
        {
            return null;
        }

        if (_servers.Take(ofServer => ofServer.ReusePlace!.Number == ofClient.ReusePlace!.Number) is { } ofServer)
        {
            return (ofClient, ofServer);
        }

        ofClient.KeepAgain();
        return null;
    }

    /// <summary>The server's end of the next connection.</summary>
    internal ConnectionCore OpenServer(ConnectionResources before)
    {
        before.Identify(ProcessId, ProcessId, applicationFeatures: 0);
        return Start(before.Reuse(TachyonWaitMode.Park, Claim));
    }

    /// <summary>The client's process gives up what it has kept, or its time is over.</summary>
    internal void ReturnAtClient() => _clients.ReturnAll();

    private static ConnectionCore Start(ConnectionSetup setup)
    {
        var core = new ConnectionCore(setup);
        core.Start(receiveEnded: null);
        return core;
    }

    /// <summary>Counts, as a claim that may be given back more than once does not.</summary>
    internal sealed class Claims : IDisposable
    {
        internal int Disposed { get; private set; }

        public void Dispose() => Disposed++;
    }
}
