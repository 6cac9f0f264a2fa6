using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>Connects plain sockets.</summary>
internal static class PlainSocket
{
    /// <exception cref="TachyonConnectException">Connecting failed; the message says why.</exception>
    internal static async Task<Stream> ConnectUnixAsync(TachyonEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new TachyonClientOptions { HandshakeTimeout = timeout };
        return new NetworkStream(
            await TachyonConnection.ConnectSocketAsync(endPoint.Path, options, cancellationToken).ConfigureAwait(false), ownsSocket: true);
    }

    /// <exception cref="ToolException">Connecting failed; the message says why.</exception>
    internal static async Task<Stream> ConnectTcpAsync(Uri server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(server.Host, server.Port), cancellationToken).AsTask()
                .WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException exception)
        {
            var reason = exception.SocketErrorCode == SocketError.ConnectionRefused ? "the connection was refused" : exception.Message;
            throw new ToolException($"No server listens at '{server.OriginalString}': {reason}.", exception);
        }
        catch (TimeoutException exception)
        {
            throw new ToolException($"The connection to '{server.OriginalString}' was not made within {timeout.TotalSeconds:0.###} s.", exception);
        }
        finally
        {
            if (!socket.Connected)
            {
                socket.Dispose();
            }
        }
    }
}
