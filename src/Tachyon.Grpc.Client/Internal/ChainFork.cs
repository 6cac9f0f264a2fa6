namespace Tachyon.Grpc.Client.Internal;

/// <summary>
/// At the bottom of a chain of the user's handlers, in front of the handler that was there: requests of our channels go to their own
/// servers, all others where they went before. This one link is all that changes in the user's handlers.
/// </summary>
internal sealed class ChainFork(HttpMessageHandler bottom) : HttpMessageHandler
{
    /// <summary>On a request: where it goes.</summary>
    internal static readonly HttpRequestOptionsKey<HttpMessageInvoker> Route = new("Tachyon.Route");

    private static readonly Lock s_lock = new();

    private readonly HttpMessageInvoker _bottom = new(bottom);

    private HttpMessageHandler Bottom { get; } = bottom;

    /// <summary>The handler of the user that connects; null if the chain has none.</summary>
    internal static HttpMessageHandler? BottomOf(DelegatingHandler chain)
        => LastOf(chain).InnerHandler is ChainFork fork ? fork.Bottom : LastOf(chain).InnerHandler;

    /// <summary>Puts a fork into the chain unless it has one.</summary>
    /// <exception cref="InvalidOperationException">The chain has sent a request already.</exception>
    internal static void Ensure(DelegatingHandler chain)
    {
        lock (s_lock)
        {
            var last = LastOf(chain);
            if (last.InnerHandler is ChainFork)
            {
                return;
            }

            try
            {
                last.InnerHandler = new ChainFork(last.InnerHandler!);
            }
            catch (InvalidOperationException exception)
            {
                throw new InvalidOperationException(
                    "The channel's HttpHandler has sent a request already, and its inner handler can't be changed any more: make the Tachyon channel first, or give it handlers of its own.",
                    exception);
            }
        }
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        => For(request).Send(request, cancellationToken);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => For(request).SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bottom.Dispose();
        }

        base.Dispose(disposing);
    }

    private static DelegatingHandler LastOf(DelegatingHandler chain)
    {
        while (chain.InnerHandler is DelegatingHandler inner)
        {
            chain = inner;
        }

        return chain;
    }

    private HttpMessageInvoker For(HttpRequestMessage request)
        => request.Options.TryGetValue(Route, out var route) ? route : _bottom;
}
