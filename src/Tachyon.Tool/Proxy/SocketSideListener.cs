using System.Net;
using System.Net.Sockets;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Sockets;

namespace Tachyon.Tool.Proxy;

/// <summary>Clients over TCP or a Unix socket. Those beyond the limit are reset at once.</summary>
internal sealed class SocketSideListener : ProxyListener
{
    private const int Backlog = 512;
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Action<string> _refused;
    private readonly int _maximum;
    private readonly Socket _socket;
    private readonly ListeningSocket? _file;
    private int _connections;

    internal SocketSideListener(ProxySettings settings, Action<string> refused)
    {
        _refused = refused;
        _maximum = settings.MaxConnections;
        if (settings.Listen.Scheme == ProxyScheme.Unix)
        {
            // As a Tachyon listener has it: private to this user, and taken over from a proxy that was killed.
            _file = ListeningSocket.Create(settings.Listen.Path, new TachyonServerOptions { Backlog = Backlog });
            _socket = _file.Socket;
            Address = settings.Listen.ToString();
            return;
        }

        var endPoint = settings.Listen.ToListenEndPoint();
        _socket = SocketSide.CreateTcp(endPoint.AddressFamily);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        Address = $"tcp://{_socket.LocalEndPoint}";
    }

    internal override string Address { get; }

    internal override async ValueTask<ProxySide?> AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                if (Interlocked.Increment(ref _connections) <= _maximum)
                {
                    return new SocketSide(socket, GiveBackPlace);
                }

                await RefuseAsync(socket).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException && !_stopping.IsCancellationRequested)
            {
                // Out of descriptors, or a client that left while it waited. The pause keeps a lasting cause from making this a busy loop.
                _refused($"A client could not be accepted: {exception.Message}.");
                await Task.Delay(s_pauseAfterError, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        return null;
    }

    internal override async ValueTask StopAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            if (_file is not null)
            {
                // Removes the file first, and closes the socket then.
                _file.Dispose();
            }
            else
            {
                _socket.Dispose();
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RefuseAsync(Socket socket)
    {
        var side = new SocketSide(socket, GiveBackPlace);
        side.Abort();
        await side.DisposeAsync().ConfigureAwait(false);
        _refused($"A client was refused: {_maximum} connections are open, the limit of this proxy (--max-connections).");
    }

    private void GiveBackPlace() => Interlocked.Decrement(ref _connections);
}
