using Tachyon.Transport;

namespace Tachyon.Tool.Proxy;

/// <summary>Clients over shared memory. The listener tells those beyond its limit so in the handshake.</summary>
internal sealed class TachyonSideListener : ProxyListener
{
    private readonly TachyonListener _listener;
    private readonly string _address;

    internal TachyonSideListener(ProxySettings settings, Action<string> refused)
    {
        _address = settings.Listen.ToString();
        _listener = TachyonListener.Listen(
            settings.Listen.Path,
            new TachyonServerOptions { MaximumConnections = settings.MaximumConnections },
            failure =>
            {
                if (failure.Reason != HandshakeFailureReason.Stopping)
                {
                    refused($"A client was refused: {failure.Message}");
                }
            });
    }

    internal override string Address => _address;

    internal override async ValueTask<ProxySide?> AcceptAsync()
        => await _listener.AcceptAsync().ConfigureAwait(false) is { } connection ? new TachyonSide(connection) : null;

    internal override ValueTask StopAsync() => _listener.StopAsync();

    public override ValueTask DisposeAsync() => _listener.DisposeAsync();
}
