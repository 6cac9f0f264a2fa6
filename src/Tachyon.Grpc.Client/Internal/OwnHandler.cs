namespace Tachyon.Grpc.Client.Internal;

/// <summary>A handler that we made for one channel: once the channel is disposed, nothing connects for it any more.</summary>
/// <remarks>
/// SocketsHttpHandler makes its pools in a work item of its first request (.NET 10). Disposed before that has run, it disposes nothing: the
/// pools come to life afterwards, and so does the connection that the request had asked for. Nobody would use or close it before its idle
/// timeout, and ours is infinite. Measured over Kestrel's own Unix socket, 2,000 handlers disposed at once after their first request: 1,069
/// connections were left, until the idle timeout of a minute.
/// </remarks>
internal sealed class OwnHandler : DelegatingHandler
{
    private int _disposed;

    /// <param name="handler">The handler, with its ConnectCallback.</param>
    internal OwnHandler(SocketsHttpHandler handler)
        : base(handler)
    {
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect = handler.ConnectCallback!;
        handler.ConnectCallback = (context, cancellationToken) =>
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return connect(context, cancellationToken);
        };
    }

    protected override void Dispose(bool disposing)
    {
        // Full fence, before the handler looks whether it has pools; partner: the compare-exchange by which it publishes them, before any of
        // them connects. Either it finds and disposes them, or they find this.
        _ = Interlocked.Exchange(ref _disposed, 1);
        base.Dispose(disposing);
    }
}
