using Tachyon.Transport;

namespace Tachyon.Tool.Proxy;

/// <summary>
/// Clients over shared memory, and plain socket clients at the same path, as at a Tachyon endpoint of Kestrel. The listener refuses those
/// beyond its limit in the handshake.
/// </summary>
internal sealed class TachyonSideListener : ProxyListener
{
    private readonly TachyonListener _listener;
    private readonly string _address;

    internal TachyonSideListener(ProxySettings settings, Action<string> refused)
    {
        _address = settings.Listen.ToString();
        _listener = TachyonListener.Listen(
            settings.Listen.Path,
            new TachyonServerOptions { MaxConnections = settings.MaxConnections },
            new TachyonListenerSettings
            {
                AcceptSocketClients = true,
                HandshakeFailed = failure =>
                {
                    if (failure.Reason != TachyonHandshakeFailureReason.Stopping)
                    {
                        refused($"A client was refused: {failure.Message}");
                    }
                },
            });
    }

    internal override string Address => _address;

    internal override async ValueTask<ProxySide?> AcceptAsync()
    {
        if (await _listener.AcceptClientAsync().ConfigureAwait(false) is not { } client)
        {
            return null;
        }

        return client.SocketClient is { } socketClient
            ? new SocketSide(socketClient.Socket, socketClient.Dispose)
            : new TachyonSide(client.Connection!);
    }

    internal override ValueTask StopAsync() => _listener.StopAsync();

    public override ValueTask DisposeAsync() => _listener.DisposeAsync();
}
