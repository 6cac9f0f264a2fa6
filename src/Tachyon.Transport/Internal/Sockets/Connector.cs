using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>Connects the control socket, waits for the server if WaitForServer is set, and turns errors into messages.</summary>
internal sealed class Connector
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(50);

    private readonly TachyonEndPoint _endPoint;
    private readonly TachyonClientOptions _options;
    private readonly TachyonAddress _address;

    private Connector(string path, TachyonClientOptions options, bool isSharedMemory)
    {
        _endPoint = ToEndPoint(path);
        _options = options;
        _address = new TachyonAddress(isSharedMemory, _endPoint.Path);
    }

    /// <summary>Connects over shared memory.</summary>
    internal static async Task<TachyonConnection> ConnectAsync(
        string path, TachyonClientOptions options, TachyonApplicationFeatures features, CancellationToken cancellationToken)
    {
        if (TachyonPlatform.TurnedOff is { } reason)
        {
            throw new TachyonConnectException(
                TachyonConnectError.SharedMemoryOff, $"Shared memory is turned off in this process: {reason}.");
        }

        var connector = new Connector(path, options, isSharedMemory: true);
        return await connector.ConnectAsync(
            (socket, token) => ClientHandshake.RunAsync(socket, options, connector._endPoint, features, token),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects the socket alone, for another protocol on it.</summary>
    internal static async Task<Socket> ConnectSocketAsync(string path, TachyonClientOptions options, CancellationToken cancellationToken)
    {
        var connector = new Connector(path, options, isSharedMemory: false);
        if (connector._endPoint.IsAbstract && !TachyonPlatform.IsSupported)
        {
            throw new TachyonConnectException(
                TachyonConnectError.Other, $"Cannot connect to '{connector._address}': only Linux has the abstract namespace: use a path.");
        }

        return await connector.ConnectAsync(static (socket, _) => Task.FromResult(socket), cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> ConnectAsync<T>(Func<Socket, CancellationToken, Task<T>> begin, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(1);
        while (true)
        {
            try
            {
                return await ConnectOnceAsync(begin, cancellationToken).ConfigureAwait(false);
            }
            catch (TachyonConnectException exception) when (exception.Error == TachyonConnectError.ServerNotFound)
            {
                var again = _options.WaitForServer == Timeout.InfiniteTimeSpan
                    || Stopwatch.GetElapsedTime(start) < _options.WaitForServer;
                if (!again)
                {
                    throw WithAdvice(exception, _options.WaitForServer);
                }
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Adds what to do, which depends on whether the client has waited already.</summary>
    private static TachyonConnectException WithAdvice(TachyonConnectException exception, TimeSpan waited)
    {
        var advice = waited == TimeSpan.Zero
            ? $"Start the server, check the path, or let the client wait with {nameof(TachyonClientOptions.WaitForServer)}."
            : $"Start the server, or check the path: none appeared within {waited.TotalSeconds:0.###} s ({nameof(TachyonClientOptions.WaitForServer)}).";
        var message = $"{exception.Message} {advice}";
        return new TachyonConnectException(exception.Error, message);
    }

    private async Task<T> ConnectOnceAsync<T>(Func<Socket, CancellationToken, Task<T>> begin, CancellationToken cancellationToken)
    {
        using var timeout = new ConnectTimeout(_options.HandshakeTimeout, cancellationToken);
        try
        {
            // Within the try: it fails where the process is out of descriptors.
            var socket = await ConnectSocketAsync(timeout.Token).ConfigureAwait(false);
            return await begin(socket, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TachyonConnectException(
                TachyonConnectError.HandshakeTimeout,
                $"The server at '{_address}' did not answer the handshake within {_options.HandshakeTimeout.TotalSeconds:0.###} s.");
        }
        catch (NotTachyonException exception)
        {
            throw NotATachyonServer(exception);
        }
        catch (EndOfStreamException exception)
        {
            throw NotATachyonServer(exception);
        }
        catch (SocketException exception)
        {
            throw ToException(exception);
        }
        catch (Exception exception) when (exception is IOException and not TachyonConnectException or InvalidDataException)
        {
            throw new TachyonConnectException(
                TachyonConnectError.Other, $"The connection to '{_address}' could not be made: {exception.Message}", exception);
        }
    }

    /// <summary>Connects to a server that the options allow; nothing was sent yet.</summary>
    private async Task<Socket> ConnectSocketAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (!_address.IsSharedMemory && TachyonPlatform.IsSupported)
            {
                // Before the connect: afterwards the server may have sent some.
                _ = PassRights.TryTurnOff(socket.SafeHandle);
            }

            while (true)
            {
                try
                {
                    await socket.ConnectAsync(_endPoint.ToSocketAddress(), cancellationToken).ConfigureAwait(false);
                    ServerIdentity.Check(socket, _options, _endPoint);
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
            var tooLong = Encoding.UTF8.GetByteCount(Path.GetFullPath(path.Replace('\0', '_'))) >= TachyonEndPoint.MaxPathBytes;
            throw new TachyonConnectException(
                tooLong ? TachyonConnectError.PathTooLong : TachyonConnectError.Other, exception.Message, exception);
        }
    }

    private TachyonConnectException NotATachyonServer(Exception exception)
        => new(
            TachyonConnectError.NotATachyonServer,
            $"What listens at '{_address}' is not a Tachyon server, or it is just stopping: {exception.Message.TrimEnd('.')}. Does the server call UseTachyon() and ListenTachyon()?",
            exception);

    private TachyonConnectException ToException(SocketException exception)
        => exception.SocketErrorCode switch
        {
            // ENOENT comes as AddressNotAvailable from .NET's Unix sockets: "Cannot assign requested address" would mislead.
            SocketError.AddressNotAvailable or SocketError.HostNotFound => new TachyonConnectException(
                TachyonConnectError.ServerNotFound, $"No server is at '{_address}': the socket does not exist."),
            SocketError.ConnectionRefused when _endPoint.IsAbstract => new TachyonConnectException(
                TachyonConnectError.ServerNotFound, $"No server listens at '{_address}': nothing has that name in this network namespace."),
            SocketError.ConnectionRefused when IsOtherFile() => new TachyonConnectException(
                TachyonConnectError.Other, $"What is at '{_address}' is not a socket: check the path."),
            SocketError.ConnectionRefused => new TachyonConnectException(
                TachyonConnectError.ServerNotFound, $"No server listens at '{_address}': the connection was refused, and the socket is left over from a server that ended."),
            SocketError.AccessDenied => new TachyonConnectException(
                TachyonConnectError.PermissionDenied,
                $"User '{Environment.UserName}' may not connect to '{_address}': the permissions of the socket file or of its directory forbid it. The server sets them with {nameof(TachyonServerOptions.SocketMode)}."),
            SocketError.ConnectionReset or SocketError.Shutdown => NotATachyonServer(exception),
            _ => new TachyonConnectException(
                TachyonConnectError.Other, $"The connection to '{_address}' could not be made: {exception.Message.TrimEnd('.')}.{Errno.Hint(exception)}", exception),
        };

    private unsafe bool IsOtherFile()
    {
        if (!TachyonPlatform.IsSupported)
        {
            return false;
        }

        StatXBuffer stat;
        return Libc.StatX(Libc.AtFdCwd, _endPoint.Path, 0, StatXBuffer.TypeModeInodeSize, &stat) == 0 && !stat.IsSocket;
    }
}
