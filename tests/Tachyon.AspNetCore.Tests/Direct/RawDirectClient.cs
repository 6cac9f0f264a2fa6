using System.Buffers;
using System.Text;
using Tachyon.Frames;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>A client that sends whatever frames a test wants, and shows those that come back.</summary>
internal sealed class RawDirectClient : IAsyncDisposable
{
    private readonly TachyonConnection _connection;
    private readonly List<(FrameHeader Header, byte[] Payload)> _frames = [];

    private RawDirectClient(TachyonConnection connection) => _connection = connection;

    internal static async Task<RawDirectClient> ConnectAsync(string path)
    {
        var connection = await TachyonConnection.ConnectAsync(
            path, options: null, new TachyonApplicationFeatures(DirectFeature.Frames1, DirectFeature.Frames1)).Within();
        return new RawDirectClient(connection);
    }

    internal async Task SendAsync(byte[] frames)
    {
        _connection.Output.Write(frames);
        await _connection.Output.FlushAsync().AsTask().Within();
    }

    internal static byte[] Frame(
        FrameType type, uint stream, byte[]? payload = null, FrameFlags flags = FrameFlags.None, ushort template = 0)
    {
        payload ??= [];
        var bytes = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, flags, template, stream).Write(bytes);
        payload.CopyTo(bytes, FrameHeader.Size);
        return bytes;
    }

    internal static byte[] Define(ushort number, string target = "/", string method = "POST", params KeyValuePair<string, string>[] headers)
    {
        FrameBuffer buffer = default;
        new RequestTemplate(method, "http", "localhost", target, headers).Write(ref buffer, number);
        var bytes = buffer.Written.ToArray();
        buffer.Release();
        return bytes;
    }

    internal static byte[] Texts(params string[] texts)
    {
        FrameBuffer buffer = default;
        foreach (var text in texts)
        {
            buffer.Write(text);
        }

        var bytes = buffer.Written.ToArray();
        buffer.Release();
        return bytes;
    }

    /// <summary>The next frame of the type, whatever comes before it.</summary>
    internal async Task<(FrameHeader Header, byte[] Payload)> ReceiveAsync(FrameType type)
    {
        while (true)
        {
            var index = _frames.FindIndex(frame => frame.Header.Type == type);
            if (index >= 0)
            {
                var found = _frames[index];
                _frames.RemoveAt(index);
                return found;
            }

            await ReadAsync().Within($"a frame of type {type}");
        }
    }

    /// <summary>Code and text of GOAWAY.</summary>
    internal async Task<(FrameErrorCode Code, string Text)> ReceiveGoAwayAsync()
    {
        var (_, payload) = await ReceiveAsync(FrameType.GoAway);
        return ((FrameErrorCode)BitConverter.ToUInt32(payload, 4), Encoding.UTF8.GetString(payload, 8, payload.Length - 8));
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    private async Task ReadAsync()
    {
        var result = await _connection.Input.ReadAsync();
        var buffer = result.Buffer;
        while (buffer.Length >= FrameHeader.Size)
        {
            var header = FrameHeader.Read(buffer.Slice(0, FrameHeader.Size).ToArray());
            if (buffer.Length < FrameHeader.Size + header.Length)
            {
                break;
            }

            _frames.Add((header, buffer.Slice(FrameHeader.Size, header.Length).ToArray()));
            buffer = buffer.Slice(FrameHeader.Size + header.Length);
        }

        _connection.Input.AdvanceTo(buffer.Start, buffer.End);
        if (result.IsCompleted)
        {
            throw new EndOfStreamException("The server closed the connection.");
        }
    }
}
