using Tachyon.Grpc.Client.Internal.Direct;
using Tachyon.Transport;
using Connect = System.Func<
    System.Net.Http.SocketsHttpConnectionContext, System.Threading.CancellationToken, System.Threading.Tasks.ValueTask<System.IO.Stream>>;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>A SocketsHttpHandler that was made for one channel: after the channel is disposed, it makes no further connection.</summary>
/// <remarks>
/// SocketsHttpHandler makes its pools in a work item of its first request (.NET 10). Disposed before that has run, it disposes nothing: the
/// pools are created afterwards, and with them the connection that the request asked for. It is used by no request and closed only by its
/// idle timeout, which is infinite here. Measured over Kestrel's own Unix socket, 2,000 handlers disposed at once after their first
/// request: 1,069 connections were left, until the idle timeout of a minute.
/// <para>A connection attempt that runs already is not canceled by SocketsHttpHandler either; with WaitForServer it would go on for as
/// long.</para>
/// </remarks>
internal sealed class OwnHandler : ChannelHandler
{
    private readonly CancellationTokenSource _disposed = new();

    /// <param name="handler">The handler, which has no ConnectCallback yet.</param>
    /// <param name="connect">How it connects.</param>
    /// <param name="brought">The handler whose settings it has; null if there was none.</param>
    /// <param name="disposesBrought">Whether that one is disposed with the channel.</param>
    internal OwnHandler(
        SocketsHttpHandler handler, ChannelConnector connect, HttpMessageHandler? brought = null, bool disposesBrought = false)
        : base(handler, brought, disposesBrought)
    {
        Connect http2 = (context, cancellationToken)
            => new(UntilDisposedAsync(token => connect.Http2(context, token).AsTask(), cancellationToken));
        if (connect.Direct is { } direct)
        {
            InnerHandler = new DirectHandler(handler, http2, cancellationToken => UntilDisposedAsync(direct, cancellationToken));
        }
        else
        {
            handler.ConnectCallback = http2;
        }
    }

    /// <summary>Where the channel wants direct mode; otherwise null.</summary>
    internal DirectHandler? Direct => InnerHandler as DirectHandler;

    /// <summary>SocketsHttpHandler does not cancel the connection attempts of a disposed handler.</summary>
    private async Task<T> UntilDisposedAsync<T>(Func<CancellationToken, Task<T>> connect, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        try
        {
            return await connect(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(OwnHandler), "The channel was disposed while it connected.");
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // In direct mode this is up to the DirectHandler, which alone knows whether a call goes over HTTP/2.
        if (Direct is null)
        {
            RepeatableContent.Use(request);
        }

        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (exception.InnerException is TachyonConnectException cause)
        {
            throw WithoutRepetition(exception, cause);
        }
    }

    protected override void Dispose(bool disposing)
    {
        // Full fence, before the handler checks whether it has pools. Partner: the compare-exchange with which the handler publishes its
        // pools before any of them connects. Either the handler finds and disposes them, or they see this cancellation. The source is not
        // disposed: connection attempts still link to it, and it has no timer.
        _disposed.Cancel();
        Interlocked.MemoryBarrier();
        base.Dispose(disposing);
        if (disposing && DisposesBrought)
        {
            Brought?.Dispose();
        }
    }

    /// <summary>
    /// HttpClient repeats the message of the cause and adds a host and a port that mean nothing here, and gRPC joins the messages of the
    /// whole chain into the detail of a status.
    /// </summary>
    private static HttpRequestException WithoutRepetition(HttpRequestException exception, TachyonConnectException cause)
    {
        var repeats = cause.InnerException is { } inner && cause.Message.Contains(inner.Message, StringComparison.Ordinal);
        return new HttpRequestException(
            exception.HttpRequestError, "Connecting failed.", repeats ? new TachyonConnectException(cause.Error, cause.Message) : cause);
    }
}
