using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The socket file that a killed server left behind, where the system is not Linux. .NET has no call that tells the kind of a file on every
/// system, so a socket is what cannot be opened and refuses connections. On Linux the transport does this without races
/// (docs/adr/0015-socket-file-without-races.md).
/// </summary>
internal static class LeftSocketFile
{
    /// <summary>Removes the file at the path if it is a socket on which no server listens.</summary>
    /// <exception cref="AddressInUseException">It is something else, which the message names; it is left alone.</exception>
    internal static async Task RemoveAsync(TachyonEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (!MayBeSocket(endPoint.Path))
        {
            throw new AddressInUseException($"Cannot listen on '{endPoint}': a file that is not a socket is there. It is left alone: choose another path, or remove it.");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(endPoint.Path), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(endPoint.Path);
            return;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.HostNotFound)
        {
            // It was removed meanwhile.
            return;
        }
        catch (SocketException exception)
        {
            throw new AddressInUseException(
                $"Cannot listen on '{endPoint}': something is there that cannot be asked whether its server is alive: {exception.Message}. Choose another path, or remove it if its server has ended.",
                exception);
        }

        throw new AddressInUseException($"Cannot listen on '{endPoint}': another server is listening there.");
    }

    private static bool MayBeSocket(string path)
    {
        if (Directory.Exists(path))
        {
            return false;
        }

        try
        {
            // A FIFO would block an open for reading only.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // No right to open it: a socket of another user, or any other file.
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
