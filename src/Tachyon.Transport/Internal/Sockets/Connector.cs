using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>Connects the control socket, waits for the server if WaitForServer is set, and turns errors into messages.</summary>
internal static class Connector
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Connects over shared memory.</summary>
    internal static Task<TachyonConnection> ConnectAsync(string path, TachyonClientOptions options, CancellationToken cancellationToken)
        => ConnectAsync(path, options, takesDescriptors: true, ClientHandshake.RunAsync, cancellationToken);

    /// <summary>Connects the socket alone, for another protocol on it.</summary>
    internal static Task<Socket> ConnectSocketAsync(string path, TachyonClientOptions options, CancellationToken cancellationToken)
        => ConnectAsync(path, options, takesDescriptors: false, static (socket, _, _, _) => Task.FromResult(socket), cancellationToken);

    private static async Task<T> ConnectAsync<T>(
        string path,
        TachyonClientOptions options,
        bool takesDescriptors,
        Func<Socket, TachyonClientOptions, TachyonEndPoint, CancellationToken, Task<T>> begin,
        CancellationToken cancellationToken)
    {
        TachyonEndPoint endPoint = ToEndPoint(path);
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMilliseconds(1);
        while (true)
        {
            try
            {
                return await ConnectOnceAsync(endPoint, options, takesDescriptors, begin, cancellationToken).ConfigureAwait(false);
            }
            catch (TachyonConnectException exception) when (exception.Error == TachyonConnectError.ServerNotFound)
            {
                bool again = options.WaitForServer == Timeout.InfiniteTimeSpan
                    || Stopwatch.GetElapsedTime(start) < options.WaitForServer;
                if (!again)
                {
                    throw WithAdvice(exception, options.WaitForServer);
                }
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Adds what to do, which depends on whether the client has waited already.</summary>
    private static TachyonConnectException WithAdvice(TachyonConnectException exception, TimeSpan waited)
    {
        string advice = waited == TimeSpan.Zero
            ? $"Start the server, check the path, or let the client wait with {nameof(TachyonClientOptions.WaitForServer)}."
            : $"Start the server, or check the path: none appeared within {waited.TotalSeconds:0.###} s ({nameof(TachyonClientOptions.WaitForServer)}).";
        string message = $"{exception.Message} {advice}";
        return new TachyonConnectException(exception.Error, message);
    }

    private static async Task<T> ConnectOnceAsync<T>(
        TachyonEndPoint endPoint,
        TachyonClientOptions options,
        bool takesDescriptors,
        Func<Socket, TachyonClientOptions, TachyonEndPoint, CancellationToken, Task<T>> begin,
        CancellationToken cancellationToken)
    {
        using var timeout = new ConnectTimeout(options.HandshakeTimeout, cancellationToken);
        try
        {
            // Within the try: it fails where the process is out of descriptors.
            Socket socket = await ConnectSocketAsync(endPoint, options, takesDescriptors, timeout.Token).ConfigureAwait(false);
            return await begin(socket, options, endPoint, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TachyonConnectException(
                TachyonConnectError.HandshakeTimeout,
                $"The server at '{endPoint}' did not answer the handshake within {options.HandshakeTimeout.TotalSeconds:0.###} s.");
        }
        catch (NotTachyonException exception)
        {
            throw NotATachyonServer(endPoint, exception);
        }
        catch (EndOfStreamException exception)
        {
            throw NotATachyonServer(endPoint, exception);
        }
        catch (SocketException exception)
        {
            throw ToException(endPoint, exception);
        }
        catch (Exception exception) when (exception is IOException and not TachyonConnectException or InvalidDataException)
        {
            throw new TachyonConnectException(
                TachyonConnectError.Other, $"The connection to '{endPoint}' could not be made: {exception.Message}", exception);
        }
    }

    /// <summary>Connects to a server that the options allow; nothing was sent yet.</summary>
    private static async Task<Socket> ConnectSocketAsync(
        TachyonEndPoint endPoint, TachyonClientOptions options, bool takesDescriptors, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (!takesDescriptors)
            {
                // Before the connect: afterwards the server may have sent some.
                _ = PassRights.TryTurnOff(socket.SafeHandle);
            }

            while (true)
            {
                try
                {
                    await socket.ConnectAsync(endPoint.ToSocketAddress(), cancellationToken).ConfigureAwait(false);
                    ServerIdentity.Check(socket, options, endPoint);
                    return socket;
                }
                catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
                {
                    // The server's backlog is full (EAGAIN, connect(2)), and there is no event for the time when it is not. The handshake
                    // timeout bounds this.
                    await Task.Delay(1, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            // A server with the wrong user may have sent descriptors.
            UnwantedDescriptors.Close(socket);
            throw;
        }
    }

    private static TachyonEndPoint ToEndPoint(string path)
    {
        try
        {
            return new TachyonEndPoint(path);
        }
        catch (ArgumentException exception) when (!string.IsNullOrEmpty(path))
        {
            bool tooLong = Encoding.UTF8.GetByteCount(Path.GetFullPath(path.Replace('\0', '_'))) >= TachyonEndPoint.MaxPathBytes;
            throw new TachyonConnectException(
                tooLong ? TachyonConnectError.PathTooLong : TachyonConnectError.Other, exception.Message, exception);
        }
    }

    private static TachyonConnectException NotATachyonServer(TachyonEndPoint endPoint, Exception exception)
        => new(
            TachyonConnectError.NotATachyonServer,
            $"What listens at '{endPoint}' is not a Tachyon server, or it is just stopping: {exception.Message.TrimEnd('.')}. Does the server call UseTachyon() and ListenTachyon()?",
            exception);

    private static TachyonConnectException ToException(TachyonEndPoint endPoint, SocketException exception)
        => exception.SocketErrorCode switch
        {
            // ENOENT comes as AddressNotAvailable from .NET's Unix sockets: "Cannot assign requested address" would mislead.
            SocketError.AddressNotAvailable or SocketError.HostNotFound => new TachyonConnectException(
                TachyonConnectError.ServerNotFound, $"No server is at '{endPoint}': the socket does not exist."),
            SocketError.ConnectionRefused when endPoint.IsAbstract => new TachyonConnectException(
                TachyonConnectError.ServerNotFound, $"No server listens at '{endPoint}': nothing has that name in this network namespace."),
            SocketError.ConnectionRefused when IsOtherFile(endPoint) => new TachyonConnectException(
                TachyonConnectError.Other, $"What is at '{endPoint}' is not a socket: check the path."),
            SocketError.ConnectionRefused => new TachyonConnectException(
                TachyonConnectError.ServerNotFound, $"No server listens at '{endPoint}': the connection was refused, and the socket is left over from a server that ended."),
            SocketError.AccessDenied => new TachyonConnectException(
                TachyonConnectError.PermissionDenied,
                $"User '{Environment.UserName}' may not connect to '{endPoint}': the permissions of the socket file or of its directory forbid it. The server sets them with {nameof(TachyonServerOptions.SocketMode)}."),
            SocketError.ConnectionReset or SocketError.Shutdown => NotATachyonServer(endPoint, exception),
            _ => new TachyonConnectException(
                TachyonConnectError.Other, $"The connection to '{endPoint}' could not be made: {exception.Message.TrimEnd('.')}.{Errno.Hint(exception)}", exception),
        };

    private static unsafe bool IsOtherFile(TachyonEndPoint endPoint)
    {
        StatXBuffer stat;
        return Libc.StatX(Libc.AtFdCwd, endPoint.Path, 0, StatXBuffer.TypeModeInodeSize, &stat) == 0 && !stat.IsSocket;
    }
}
