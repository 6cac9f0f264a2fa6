using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.AspNetCore.Internal.Direct;
using Tachyon.Frames;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Kestrel's entry to the transport. Binds <see cref="TachyonEndPoint"/>, and the Unix sockets that <see cref="ChosenEndPoint"/> names;
/// every other end point stays with the other transports.
/// </summary>
internal sealed class TachyonTransportFactory(
    IOptions<TachyonTransportOptions> options,
    IOptions<SocketTransportOptions> socketOptions,
    ILoggerFactory loggerFactory,
    IServiceProvider services)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Tachyon.AspNetCore");
    private readonly RefusalLog _refusals = new(
        loggerFactory.CreateLogger("Tachyon.AspNetCore"), TimeProvider.System, TachyonAccounts.FindUserName);

    public bool CanBind(EndPoint endpoint)
    {
        if (ChosenEndPoint.From(endpoint, options.Value) is not null)
        {
            return true;
        }

        // Kestrel asks for each of its endpoints, also for those of other transports.
        if (ChosenEndPoint.MisspelledMark(endpoint) is { } mark)
        {
            TachyonLog.MarkNotRecognized(_logger, endpoint.ToString()!, mark);
        }

        return false;
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var tachyonEndPoint = ChosenEndPoint.From(endpoint, options.Value)
            ?? throw new NotSupportedException($"{endpoint.GetType()} is not supported: only {nameof(TachyonEndPoint)} is.");
        var obstacle = FindObstacle();
        if (obstacle is not null && options.Value.SharedMemory == TachyonServerSharedMemory.Require)
        {
            throw new InvalidOperationException(
                $"Cannot listen on '{tachyonEndPoint}': {nameof(TachyonTransportOptions.SharedMemory)} is {nameof(TachyonServerSharedMemory.Require)}, but there is no shared memory, because {obstacle}.");
        }

        return TachyonPlatform.IsSupported
            ? new ValueTask<IConnectionListener>(Listen(endpoint, tachyonEndPoint, obstacle))
            : ListenOnKestrelSocketAsync(tachyonEndPoint, obstacle!, cancellationToken);
    }

    private string? FindObstacle()
        => options.Value.SharedMemory == TachyonServerSharedMemory.Off
            ? $"{ServerConfiguration.Section}:{nameof(TachyonTransportOptions.SharedMemory)} is {nameof(TachyonServerSharedMemory.Off)}"
            : TachyonPlatform.FindServerObstacle();

    private TachyonConnectionListener Listen(EndPoint endpoint, TachyonEndPoint tachyonEndPoint, string? obstacle)
    {
        try
        {
            var settings = new TachyonListenerSettings
            {
                HandshakeFailed = _refusals.Refused,
                CaptureChanged = status => CaptureLog.Changed(_logger, status),

                // Without shared memory these are the only clients.
                AcceptSocketClients = options.Value.AcceptSocketClients || obstacle is not null,
                SharedMemoryOff = options.Value.SharedMemory == TachyonServerSharedMemory.Off ? obstacle : null,
                ApplicationFeatures = services.GetRequiredService<DirectEndPoints>().IsAllowed(endpoint) ? DirectFeature.Frames1 : 0,
            };
            var listener = TachyonListener.Listen(tachyonEndPoint, options.Value, settings);
            StartLog.Started(_logger, listener, options.Value, services.GetService<IConfiguration>());
            var socketClients = settings.AcceptSocketClients
                ? new SocketClientConnections(socketOptions.Value, loggerFactory)
                : null;
            return new TachyonConnectionListener(listener, socketClients, _logger, _refusals);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    private async ValueTask<IConnectionListener> ListenOnKestrelSocketAsync(
        TachyonEndPoint endPoint, string obstacle, CancellationToken cancellationToken)
    {
        var listener = await KestrelSocketListener
            .BindAsync(endPoint, options.Value, socketOptions.Value, loggerFactory, cancellationToken).ConfigureAwait(false);
        StartLog.StartedOnKestrelSocket(_logger, endPoint, obstacle, services.GetService<IConfiguration>());
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(AccountNames)) == true)
        {
            TachyonLog.NoIdentities(_logger, endPoint.ToString(), obstacle);
        }

        return listener;
    }
}
