namespace Tachyon.Tool.Proxy;

/// <summary>Where clients of the proxy come in. It keeps to the limit of connections itself, in the way that its clients understand
/// best.</summary>
internal abstract class ProxyListener : IAsyncDisposable
{
    /// <summary>Where it listens, with the port that the kernel chose.</summary>
    internal abstract string Address { get; }

    /// <summary>The next client; null after <see cref="StopAsync"/>.</summary>
    internal abstract ValueTask<ProxySide?> AcceptAsync();

    /// <summary>Accepts no more clients, and removes the socket file. Idempotent.</summary>
    internal abstract ValueTask StopAsync();

    public abstract ValueTask DisposeAsync();

    /// <param name="settings">Where, and how many connections at once.</param>
    /// <param name="refused">Called, from any thread, with a sentence for each client that was not taken.</param>
    /// <exception cref="ToolException">It cannot listen there.</exception>
    internal static ProxyListener Listen(ProxySettings settings, Action<string> refused)
    {
        try
        {
            return settings.Listen.Scheme == ProxyScheme.Tachyon
                ? new TachyonSideListener(settings, refused)
                : new SocketSideListener(settings, refused);
        }
        catch (System.Net.Sockets.SocketException exception) when (settings.Listen.Scheme == ProxyScheme.Tcp)
        {
            throw new ToolException($"Cannot listen on '{settings.Listen}': {exception.Message}.", exception);
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or IOException)
        {
            // It says where and why already.
            throw new ToolException(exception.Message, exception);
        }
    }
}
