using System.Buffers.Binary;
using System.Net.Sockets;

namespace Tachyon.Tool.Commands.Capture;

/// <summary>Cuts what comes over a socket into whole blocks of pcapng: type, length, content, length.</summary>
internal sealed class BlockReader(Socket socket)
{
    private const int MinBlock = 12;
    private const int MaxBlock = 1024 * 1024;

    private readonly byte[] _buffer = new byte[MaxBlock];
    private int _length;

    /// <summary>The next blocks; empty at the end.</summary>
    /// <param name="atMost">Blocks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ToolException">It is no pcapng.</exception>
    internal async Task<byte[]> ReadAsync(int atMost, CancellationToken cancellationToken)
    {
        int size;
        while ((size = WholeBlocks(atMost)) == 0)
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
            {
                count = 0;
            }

            if (count == 0)
            {
                // A block that was cut is of no use.
                return [];
            }

            _length += count;
        }

        var blocks = _buffer[..size];
        Buffer.BlockCopy(_buffer, size, _buffer, 0, _length - size);
        _length -= size;
        return blocks;
    }

    private int WholeBlocks(int atMost)
    {
        var size = 0;
        for (var blocks = 0; blocks < atMost && _length - size >= MinBlock; blocks++)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(size + sizeof(uint)));
            if (length is < MinBlock or > MaxBlock || length % sizeof(uint) != 0)
            {
                throw new ToolException($"The server sent a block of {length} bytes, which is no capture.");
            }

            if (length > _length - size)
            {
                break;
            }

            size += (int)length;
        }

        return size;
    }
}
