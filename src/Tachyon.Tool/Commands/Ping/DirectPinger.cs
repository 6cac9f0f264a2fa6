using System.Security.Cryptography;
using Tachyon.Frames;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>Pings in direct mode (docs/protocol-direct.md): the server answers PING itself, before any service.</summary>
internal sealed class DirectPinger(Stream stream) : IPinger
{
    private const int PingSize = sizeof(ulong);

    // Of what the server sends before a request, GOAWAY is the longest; its reason is a sentence.
    private const int LongestFrame = 16 * 1024;

    private readonly byte[] _ping = new byte[FrameHeader.Size + PingSize];
    private readonly byte[] _header = new byte[FrameHeader.Size];

    public string Name => "PING in direct mode";

    /// <summary>Sends the settings, and waits for those of the server.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = new byte[FrameHeader.Size + FrameSettings.Size];
        new FrameSettings(MaxStreams: 0, MaxHeaderBytes: LongestFrame).WriteFrame(settings);
        await stream.WriteAsync(settings, cancellationToken).ConfigureAwait(false);
        await ReadAsync(FrameType.Settings, cancellationToken).ConfigureAwait(false);
        new FrameHeader(PingSize, FrameType.Ping, FrameFlags.None, 0, 0).Write(_ping);
    }

    public async Task PingAsync(CancellationToken cancellationToken)
    {
        // Not to be guessed, so that only an answer is one.
        RandomNumberGenerator.Fill(_ping.AsSpan(FrameHeader.Size));
        await stream.WriteAsync(_ping, cancellationToken).ConfigureAwait(false);
        var answer = await ReadAsync(FrameType.Pong, cancellationToken).ConfigureAwait(false);
        if (!answer.AsSpan().SequenceEqual(_ping.AsSpan(FrameHeader.Size)))
        {
            throw new ToolException("The server answered a ping that was not sent.");
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    /// <returns>The payload of the next frame of the type.</returns>
    private async Task<byte[]> ReadAsync(FrameType type, CancellationToken cancellationToken)
    {
        while (true)
        {
            await stream.ReadAllAsync(_header, cancellationToken).ConfigureAwait(false);
            var header = FrameHeader.Read(_header);
            if (header.Length is < 0 or > LongestFrame)
            {
                throw new ToolException("The server does not speak direct mode there.");
            }

            var payload = new byte[header.Length];
            await stream.ReadAllAsync(payload, cancellationToken).ConfigureAwait(false);
            if (header.Type == type)
            {
                return payload;
            }

            if (header.Type == FrameType.GoAway)
            {
                throw new ToolException("The server ends the connection.");
            }
        }
    }
}
