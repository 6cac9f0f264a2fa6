using Tachyon.Transport;

namespace Tachyon.Tool.Proxy;

/// <summary>
/// Clients over shared memory, and ordinary ones at the same path as they come to a Tachyon endpoint of Kestrel. The listener tells those beyond its
/// limit so in the handshake.
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
            failure =>
            {
                if (failure.Reason != TachyonHandshakeFailureReason.Stopping)
                {
                    refused($"A client was refused: {failure.Message}");
                }
            },
            static failure => failure,
            acceptSocketClients: true);
    }

    internal override string Address => _address;

    internal override async ValueTask<ProxySide?> AcceptAsync()
    {
        if (await _listener.AcceptClientAsync(CancellationToken.None).ConfigureAwait(false) is not { } client)
        {
            return null;
        }

        return client.SocketClient is { } ordinary ? new SocketSide(ordinary.Socket, ordinary.Claim.Dispose) : new TachyonSide(client.Connection!);
    }

    internal override ValueTask StopAsync() => _listener.StopAsync();

    public override ValueTask DisposeAsync() => _listener.DisposeAsync();
}
