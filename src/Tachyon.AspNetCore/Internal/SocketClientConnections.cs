using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>Makes connections of Kestrel's own socket transport from socket clients.</summary>
internal sealed class SocketClientConnections : IDisposable
{
    private readonly SocketConnectionContextFactory _factory;

    internal SocketClientConnections(SocketTransportOptions options, ILoggerFactory loggerFactory)
    {
        // The category of Kestrel's own, so that these connections log as all Unix sockets do.
        var logger = loggerFactory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets");
        _factory = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                IOQueueCount = options.IOQueueCount,
                MaxReadBufferSize = options.MaxReadBufferSize,
                MaxWriteBufferSize = options.MaxWriteBufferSize,
                UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
            },
            logger);
    }

    public void Dispose() => _factory.Dispose();

    /// <returns>Null when the socket does not work any more.</returns>
    internal ConnectionContext? TryCreate(TachyonSocketClient client)
    {
        ConnectionContext connection;
        try
        {
            connection = _factory.Create(client.Socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            client.Dispose();
            return null;
        }

        connection.Features.Set<ITachyonPeerFeature>(new PeerFeature(client));
        return new SocketClientConnectionContext(connection, client);
    }

    private sealed class PeerFeature(TachyonSocketClient client) : ITachyonPeerFeature
    {
        public TachyonPeer Peer { get; } = client.Peer;

        public IReadOnlyList<uint> PeerGroupIds { get; } = client.PeerGroupIds;
    }
}
