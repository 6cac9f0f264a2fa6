using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Tachyon.Frames;
using Tachyon.Grpc.Client.Internal.Direct;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>What SocketsHttpHandler calls when it needs a connection.</summary>
internal sealed class ConnectCallback(string path, TachyonChannelOptions options, ILogger? logger)
{
    private int _connected;
    private int _warned;

    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (FindObstacle(options.SharedMemory == TachyonSharedMemory.Require) is { } obstacle)
        {
            return await ConnectWithoutMemoryAsync(obstacle, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var connection = await ConnectOverMemoryAsync(default, cancellationToken).ConfigureAwait(false);
            connection.AllowInlineContinuations = IsPlainHttp2(context.InitialRequestMessage);
            Connected(isDirect: false);
            return connection.GetStream();
        }
        catch (TachyonConnectException exception) when (options.SharedMemory == TachyonSharedMemory.Prefer && HasServer(exception.Error))
        {
            var stream = await PlainSocket.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
            FellBack(exception);
            return stream;
        }
    }

    /// <summary>Connects, and asks for direct mode. Where it is not granted, the connection is for HTTP/2.</summary>
    internal async Task<DirectConnect> ConnectDirectAsync(CancellationToken cancellationToken)
    {
        var required = options.Protocol == TachyonProtocol.RequireDirect ? DirectFeature.Frames1 : 0;
        if (FindObstacle(required != 0 || options.SharedMemory == TachyonSharedMemory.Require) is { } obstacle)
        {
            return new DirectConnect(null, await ConnectWithoutMemoryAsync(obstacle, cancellationToken).ConfigureAwait(false));
        }

        try
        {
            var connection = await ConnectOverMemoryAsync(new(DirectFeature.Frames1, required), cancellationToken).ConfigureAwait(false);
            var isDirect = (connection.ApplicationFeatures & DirectFeature.Frames1) != 0;
            Connected(isDirect);
            if (isDirect)
            {
                return new DirectConnect(connection, null);
            }

            connection.AllowInlineContinuations = true;
            return new DirectConnect(null, connection.GetStream());
        }
        catch (TachyonConnectException exception)
            when (required == 0 && options.SharedMemory == TachyonSharedMemory.Prefer && HasServer(exception.Error))
        {
            var stream = await PlainSocket.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
            FellBack(exception);
            return new DirectConnect(null, stream);
        }
    }

    /// <summary>What keeps this side from shared memory, before any server is asked.</summary>
    /// <returns>The reason; null where nothing does.</returns>
    /// <exception cref="TachyonConnectException">Something does, and calls need shared memory.</exception>
    private string? FindObstacle(bool isRequired)
    {
        var obstacle = options.SharedMemory == TachyonSharedMemory.Off
            ? $"{nameof(TachyonChannelOptions.SharedMemory)} of the client is {nameof(TachyonSharedMemory.Off)}"
            : TachyonPlatform.FindClientObstacle();
        return obstacle is null || !isRequired ? obstacle : throw new TachyonConnectException(
            TachyonPlatform.IsSupported ? TachyonConnectError.SharedMemoryOff : TachyonConnectError.NoSharedMemory,
            $"Calls to '{path}' require shared memory, and this process has none, because {obstacle}.");
    }

    private async ValueTask<Stream> ConnectWithoutMemoryAsync(string obstacle, CancellationToken cancellationToken)
    {
        var stream = await PlainSocket.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
        ClientMetrics.DidWithout();
        if (logger is not null && Interlocked.Exchange(ref _connected, 1) == 0)
        {
            ClientLog.ConnectedWithoutSharedMemory(logger, path, obstacle);
        }

        return stream;
    }

    /// <summary>
    /// A server that closes the socket without an answer may be a Tachyon server that is stopping, whose successor listens already. So it
    /// is asked a second time, before the connection does without shared memory for all of its life.
    /// </summary>
    private async Task<TachyonConnection> ConnectOverMemoryAsync(TachyonApplicationFeatures features, CancellationToken cancellationToken)
    {
        try
        {
            return await TachyonConnection.ConnectAsync(path, options, features, cancellationToken).ConfigureAwait(false);
        }
        catch (TachyonConnectException exception)
            when (exception is
            {
                Error: TachyonConnectError.NotATachyonServer,
                InnerException: EndOfStreamException or SocketException
            })
        {
            return await TachyonConnection.ConnectAsync(path, options, features, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool HasServer(TachyonConnectError error)
        => error is TachyonConnectError.NotATachyonServer or TachyonConnectError.VersionMismatch or TachyonConnectError.NoSharedMemory
            or TachyonConnectError.SharedMemoryOff;

    private void Connected(bool isDirect)
    {
        if (logger is null || Interlocked.Exchange(ref _connected, 1) != 0)
        {
            return;
        }

        if (isDirect)
        {
            ClientLog.ConnectedDirect(logger, path);
        }
        else
        {
            ClientLog.Connected(logger, path);
        }

        TachyonCapture.Report(capture => ReportCapture(logger, capture));
    }

    // Once for a channel: a client has no other place where a capture of its environment would be seen.
    private static void ReportCapture(ILogger logger, TachyonCaptureStatus capture)
    {
        if (capture.IsRunning)
        {
            ClientLog.Captured(logger, capture.Target);
        }
        else if (capture.Error is { } error)
        {
            ClientLog.CaptureFailed(logger, capture.Target, error);
        }
    }

    private void FellBack(TachyonConnectException cause)
    {
        ClientMetrics.FellBack(cause.Error);
        if (logger is not null && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            ClientLog.FellBack(logger, path, cause.Message);
        }
    }

    // The read loop of HTTP/2 passes results to user code through the thread pool. HTTP/1.1 and TLS run user code inline.
    private static bool IsPlainHttp2(HttpRequestMessage request)
        => request.Version.Major == 2
        && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower
        && request.RequestUri?.Scheme == Uri.UriSchemeHttp;
}
