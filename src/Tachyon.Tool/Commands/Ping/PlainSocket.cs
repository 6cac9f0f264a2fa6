using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>Connects an ordinary socket, and says in a sentence why it does not.</summary>
internal static class PlainSocket
{
    internal static Task<Stream> ConnectUnixAsync(TachyonEndPoint endPoint, string address, TimeSpan timeout, CancellationToken cancellationToken)
        => ConnectAsync(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            endPoint.ToSocketAddress(),
            address,
            timeout,
            cancellationToken);

    internal static Task<Stream> ConnectTcpAsync(string host, int port, string address, TimeSpan timeout, CancellationToken cancellationToken)
        => ConnectAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, new DnsEndPoint(host, port), address, timeout, cancellationToken);

    private static async Task<Stream> ConnectAsync(Socket socket, EndPoint endPoint, string address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).AsTask().WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException exception)
        {
            throw new ToolException(
                exception.SocketErrorCode switch
                {
                    // ENOENT of a Unix socket, as .NET tells it.
                    SocketError.AddressNotAvailable => $"No server is at '{address}': the socket does not exist.",
                    SocketError.ConnectionRefused => $"No server listens at '{address}': the connection was refused.",
                    SocketError.AccessDenied => $"User '{Environment.UserName}' may not connect to '{address}': the permissions of the socket file or of its directory forbid it.",
                    _ => $"The connection to '{address}' could not be made: {exception.Message}.",
                },
                exception);
        }
        catch (TimeoutException exception)
        {
            throw new ToolException($"The connection to '{address}' was not made within {timeout.TotalSeconds:0.###} s.", exception);
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
