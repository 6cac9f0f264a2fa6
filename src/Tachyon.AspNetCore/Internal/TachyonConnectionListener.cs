using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The clients of one listener for Kestrel: those over shared memory, and socket clients as connections of Kestrel's socket transport.
/// </summary>
internal sealed class TachyonConnectionListener(
    TachyonListener listener, SocketClientConnections? socketClients, ILogger logger, RefusalLog refusals) : IConnectionListener
{
    private readonly ListenerBlocks _blocks = new();

    /// <summary>What Kestrel prints and lists.</summary>
    public EndPoint EndPoint { get; } = new ListedEndPoint(listener.EndPoint);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await listener.AcceptClientAsync(cancellationToken).ConfigureAwait(false) is { } client)
        {
            if (client.Connection is { } connection)
            {
                var context = new TachyonConnectionContext(connection, new ConnectionMemoryPool(_blocks), logger, refusals);
                TachyonLog.AcceptedConnection(logger, context);
                if (context.IsDirect)
                {
                    TachyonLog.SpeaksDirect(logger, context);
                }

                return context;
            }

            // Null when the client has closed already: Kestrel stops accepting at an exception.
            if (socketClients!.TryCreate(client.SocketClient!) is { } socket)
            {
                TachyonLog.AcceptedSocketClient(logger, socket, client.SocketClient!.Peer);
                return socket;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync().ConfigureAwait(false);
        socketClients?.Dispose();
        _blocks.Dispose();
    }
}
