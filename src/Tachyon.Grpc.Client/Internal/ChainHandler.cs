
namespace Tachyon.Grpc.Client.Internal;

/// <summary>
/// One channel over a chain of the user's handlers, which other channels may use as well: it marks its requests with the way to its own
/// server, and the <see cref="ChainFork"/> at the bottom of the chain sends them there.
/// </summary>
internal sealed class ChainHandler : ChannelHandler
{
    private readonly HttpMessageInvoker _route;

    internal ChainHandler(DelegatingHandler chain, bool disposesChain, ChannelConnector connect)
        : base(chain, chain, disposesChain)
    {
        var copy = HandlerCopy.Of(ChainFork.BottomOf(chain));
        ChainFork.Ensure(chain);
        _route = new HttpMessageInvoker(new OwnHandler(copy, connect));
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.Set(ChainFork.Route, _route);
        return base.Send(request, cancellationToken);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.Set(ChainFork.Route, _route);
        return base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _route.Dispose();
        }

        // The base disposes the chain.
        base.Dispose(disposing && DisposesBrought);
    }
}
