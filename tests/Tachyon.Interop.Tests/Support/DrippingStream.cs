using System.Net.Sockets;

namespace Tachyon.Interop.Tests.Support;

/// <summary>A client's end of a Unix socket that writes its first bytes one at a time, and slowly: the server sees them one by
/// one.</summary>
internal sealed class DrippingStream : Stream
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(3);
    private readonly NetworkStream _socket;
    private int _dripping;

    private DrippingStream(NetworkStream socket, int bytes)
    {
        _socket = socket;
        _dripping = bytes;
    }

    public static async Task<Stream> ConnectAsync(string path, int bytes, CancellationToken cancellationToken = default)
        => new DrippingStream(new NetworkStream(await PlainSocket.ConnectAsync(path, cancellationToken), ownsSocket: true), bytes);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default) => _socket.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; _dripping > 0 && buffer.Length > 0; _dripping--, buffer = buffer[1..])
        {
            await _socket.WriteAsync(buffer[..1], cancellationToken);
            await Task.Delay(s_pause, cancellationToken);
        }

        // Not when that was all: the answer may be here already, and the connection closed.
        if (buffer.Length > 0)
        {
            await _socket.WriteAsync(buffer, cancellationToken);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => _socket.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count)
        => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _socket.Dispose();
        }

        base.Dispose(disposing);
    }
}
