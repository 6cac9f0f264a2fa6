using System.Buffers;
using System.Buffers.Binary;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>
/// A server of direct mode that sends whatever bytes a test wants. It knows the frames only from docs/protocol-direct.md: this project has
/// no access to the code of the product.
/// </summary>
internal sealed class RawDirectServer : IAsyncDisposable
{
    private const int HeaderSize = 12;

    private readonly TachyonListener _listener;
    private TachyonConnection? _connection;

    internal RawDirectServer(string path)
        => _listener = TachyonListener.Listen(path, settings: new TachyonListenerSettings { ApplicationFeatures = 1 });

    /// <summary>Waits for the next connection, and for the first request on it.</summary>
    /// <returns>The number of its stream.</returns>
    internal async Task<uint> AcceptRequestAsync()
    {
        _connection = (await _listener.AcceptAsync().AsTask().Within("a client"))!;
        return await ReceiveRequestAsync();
    }

    /// <summary>Waits for the next request on the connection.</summary>
    internal async Task<uint> ReceiveRequestAsync()
    {
        while (true)
        {
            var (type, stream) = await ReceiveAsync().Within("a request");
            if (type == 3)
            {
                return stream;
            }
        }
    }

    /// <summary>The bytes of the next frame of data, without its header.</summary>
    internal async Task<int> ReceiveDataAsync()
    {
        while (true)
        {
            var frame = await ReceiveFrameAsync().Within("data");
            if (frame.Type == 4)
            {
                return frame.Length;
            }
        }
    }

    /// <summary>The next frame.</summary>
    internal async Task<(byte Type, uint Stream)> ReceiveAsync()
    {
        var frame = await ReceiveFrameAsync();
        return (frame.Type, frame.Stream);
    }

    private async Task<(byte Type, uint Stream, int Length)> ReceiveFrameAsync()
    {
        while (true)
        {
            var result = await _connection!.Input.ReadAsync();
            var frame = ReadFrame(result.Buffer);
            _connection.Input.AdvanceTo(frame.Consumed, frame.Type == 0 ? result.Buffer.End : frame.Consumed);
            if (frame.Type != 0)
            {
                return (frame.Type, frame.Stream, frame.Length);
            }

            if (result.IsCompleted)
            {
                throw new EndOfStreamException("The client closed the connection.");
            }
        }
    }

    internal async Task SendAsync(params byte[][] frames)
    {
        foreach (var frame in frames)
        {
            _connection!.Output.Write(frame);
        }

        await _connection!.Output.FlushAsync().AsTask().Within();
    }

    internal static byte[] Frame(byte type, uint stream, byte[]? payload = null, byte flags = 0, int? length = null)
    {
        payload ??= [];
        var bytes = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length ?? payload.Length);
        bytes[4] = type;
        bytes[5] = flags;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), stream);
        payload.CopyTo(bytes, HeaderSize);
        return bytes;
    }

    internal static byte[] Number(uint number) => BitConverter.GetBytes(number);

    /// <summary>Headers, an empty message, and status 0.</summary>
    internal static byte[] Reply(uint stream)
        => [.. Frame(3, stream, flags: 2), .. Frame(4, stream, new byte[5]), .. Frame(5, stream, flags: 3)];

    /// <summary>Closes the connection, and waits until the client has closed it, too.</summary>
    internal async Task EndConnectionAsync()
    {
        await _connection!.Output.CompleteAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(async () =>
        {
            while (true)
            {
                await ReceiveAsync();
            }
        }).Within("the end of the connection");
    }

    internal ValueTask DisposeConnectionAsync() => _connection?.DisposeAsync() ?? default;

    public async ValueTask DisposeAsync()
    {
        await DisposeConnectionAsync();
        await _listener.DisposeAsync();
    }

    private static (byte Type, uint Stream, int Length, SequencePosition Consumed) ReadFrame(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderSize)
        {
            return (0, 0, 0, buffer.Start);
        }

        var header = buffer.Slice(0, HeaderSize).ToArray();
        var length = HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(header);
        return buffer.Length < length
            ? (0, 0, 0, buffer.Start)
            : (header[4], BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)), length - HeaderSize, buffer.GetPosition(length));
    }
}
