using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

internal sealed class TachyonConnectionListener(TachyonListener listener, ILogger logger, RefusalLog refusals) : IConnectionListener
{
    private readonly LargeBlockMemoryPool _memoryPool = new();

    public EndPoint EndPoint => listener.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        TachyonConnection? connection = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        if (connection is null)
        {
            return null;
        }

        var context = new TachyonConnectionContext(connection, _memoryPool, logger, refusals);
        TachyonLog.AcceptedConnection(logger, context);
        return context;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync().ConfigureAwait(false);
        _memoryPool.Dispose();
    }
}
