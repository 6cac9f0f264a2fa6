using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.Tool.Proxy;

/// <summary>What the proxy connects to, once for each client.</summary>
internal sealed class ProxyTarget(ProxyAddress address, TimeSpan timeout)
{
    private readonly TachyonClientOptions _options = new() { HandshakeTimeout = timeout };

    /// <exception cref="ToolException">It could not be reached; the message says why.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    internal async Task<ProxySide> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return address.Scheme switch
            {
                ProxyScheme.Tachyon => new TachyonSide(
                    await TachyonConnection.ConnectAsync(address.Path.Path, _options, limit.Token).ConfigureAwait(false)),
                ProxyScheme.Unix => new SocketSide(
                    await TachyonConnection.ConnectSocketAsync(address.Path.Path, _options, limit.Token).ConfigureAwait(false)),
                _ => await ConnectTcpAsync(limit.Token).ConfigureAwait(false),
            };
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw new ToolException($"Cannot reach '{address}': {exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ToolException($"Cannot reach '{address}': no connection within {timeout.TotalSeconds} s.", exception);
        }
    }

    private async Task<ProxySide> ConnectTcpAsync(CancellationToken cancellationToken)
    {
        var socket = SocketSide.CreateTcp();
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken).ConfigureAwait(false);
            return new SocketSide(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
