using System.Buffers;
using System.Net.Sockets;

namespace Tachyon.Tool.Proxy;

/// <summary>A connection over a TCP or Unix socket.</summary>
internal sealed class SocketSide : ProxySide
{
    private const int BufferSize = 64 * 1024;

    private readonly Socket _socket;
    private readonly Action? _closed;
    private byte[]? _buffer;

    /// <param name="socket">Connected.</param>
    /// <param name="closed">Called once, when the connection is closed.</param>
    internal SocketSide(Socket socket, Action? closed = null)
    {
        _socket = socket;
        _closed = closed;
    }

    /// <summary>A socket to listen with or to connect with; what is accepted inherits its options (tcp(7)).</summary>
    internal static Socket CreateTcp(AddressFamily? family = null)
    {
        // Without a family for both: a name may have addresses of either.
        var socket = family is { } one
            ? new Socket(one, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);

        // The proxy must not hold back what its clients sent, and must notice peers that are gone without a word.
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        return socket;
    }

    internal override async Task<bool> CopyToAsync(ProxySide target, ByteCount moved)
    {
        while (true)
        {
            var count = await _socket.ReceiveAsync(target.GetMemory(), SocketFlags.None).ConfigureAwait(false);
            if (count == 0)
            {
                return true;
            }

            if (!await target.AdvanceAsync(count).ConfigureAwait(false))
            {
                return false;
            }

            moved.Add(count);
        }
    }

    /// <summary>Memory of our own: only for a sender that is a socket too.</summary>
    internal override Memory<byte> GetMemory() => _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);

    internal override ValueTask<bool> AdvanceAsync(int count) => WriteAsync(_buffer.AsMemory(0, count));

    internal override async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
            }

            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.Shutdown)
        {
            // EPIPE: it reads no more. What it still sends, and whether it was a reset, its receiving half tells.
            return false;
        }
    }

    internal override void FinishWriting() => Shutdown(SocketShutdown.Send);

    internal override void StopReading() => Shutdown(SocketShutdown.Receive);

    internal override void Abort()
    {
        if (_socket.AddressFamily != AddressFamily.Unix && !_socket.SafeHandle.IsClosed)
        {
            try
            {
                // RST in place of FIN. A Unix socket has no such word: its peer sees a reset only where bytes of it were left unread.
                _socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Gone already.
            }
        }

        _socket.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _closed?.Invoke();
        return ValueTask.CompletedTask;
    }

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.NotConnected)
        {
            // The peer was faster; its receiving half tells how it ended.
        }
    }
}
