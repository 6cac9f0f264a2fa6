using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Accounts;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Kestrel's door to the transport. Binds <see cref="TachyonEndPoint"/>, and Unix sockets that were chosen for it, so that other transports
/// keep theirs.
/// </summary>
internal sealed class TachyonTransportFactory(
    IOptions<TachyonServerOptions> options, IOptions<SocketTransportOptions> socketOptions, ILoggerFactory loggerFactory, IServiceProvider services)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Tachyon.AspNetCore");
    private readonly RefusalLog _refusals = new(
        loggerFactory.CreateLogger("Tachyon.AspNetCore"), TimeProvider.System, AccountDatabase.FindUserName);

    public bool CanBind(EndPoint endpoint)
    {
        if (ChosenEndPoint.From(endpoint, options.Value) is not null)
        {
            return true;
        }

        // Kestrel asks for each of its endpoints, also for those of other transports.
        if (ChosenEndPoint.MisspelledMark(endpoint) is { } mark)
        {
            StartLog.MarkNotRecognized(_logger, endpoint.ToString()!, mark);
        }

        return false;
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        TachyonEndPoint tachyonEndPoint = ChosenEndPoint.From(endpoint, options.Value)
            ?? throw new NotSupportedException($"{endpoint.GetType()} is not supported: only {nameof(TachyonEndPoint)} is.");

        try
        {
            bool acceptSocketClients = options.Value.AcceptSocketClients;
            var listener = TachyonListener.Listen(tachyonEndPoint, options.Value, _refusals.Refused, MapFailure, acceptSocketClients);
            StartLog.Started(_logger, listener, options.Value, services.GetService<IConfiguration>());
            SocketClientConnections? ordinary = acceptSocketClients ? new SocketClientConnections(socketOptions.Value, loggerFactory) : null;
            return new ValueTask<IConnectionListener>(new TachyonConnectionListener(listener, ordinary, _logger, _refusals));
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
