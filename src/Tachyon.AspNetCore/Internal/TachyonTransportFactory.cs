using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>Kestrel's door to the transport. Binds <see cref="TachyonEndPoint"/> only, so that other transports keep theirs.</summary>
internal sealed class TachyonTransportFactory(IOptions<TachyonServerOptions> options, ILoggerFactory loggerFactory)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Tachyon.AspNetCore");
    private readonly RefusalLog _refusals = new(loggerFactory.CreateLogger("Tachyon.AspNetCore"), TimeProvider.System);

    public bool CanBind(EndPoint endpoint) => endpoint is TachyonEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not TachyonEndPoint tachyonEndPoint)
        {
            throw new NotSupportedException($"{endpoint.GetType()} is not supported: only {nameof(TachyonEndPoint)} is.");
        }

        try
        {
            var listener = TachyonListener.Listen(tachyonEndPoint, options.Value, _refusals.Refused, MapFailure);
            return new ValueTask<IConnectionListener>(new TachyonConnectionListener(listener, _logger, _refusals));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    // Kestrel tells a reset peer from a broken server by this type; an abort reason is Kestrel's own already.
    private static Exception MapFailure(Exception failure)
        => failure is TachyonConnectionResetException or TachyonProtocolException
            ? new ConnectionResetException(failure.Message, failure)
            : failure;
}
