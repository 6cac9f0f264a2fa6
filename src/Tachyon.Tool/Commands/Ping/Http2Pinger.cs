using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>
/// Just enough of HTTP/2 (RFC 9113) to measure round trips to any server of it: the preface, SETTINGS, and PING, which a server answers
/// itself, before any service.
/// </summary>
internal sealed class Http2Pinger(Stream stream) : IPinger
{
    private const int FrameHeader = 9;
    private const int PingSize = 8;

    // What we may be sent, since we never allow more (section 4.2).
    private const int LargestFrame = 16 * 1024;

    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte GoAway = 7;
    private const byte Acknowledged = 1;

    private static readonly byte[] s_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly byte[] _header = new byte[FrameHeader];
    private readonly byte[] _payload = new byte[LargestFrame];
    private readonly byte[] _ping = Frame(Ping, 0, new byte[PingSize]);

    // Not to be guessed, so that only an answer is one.
    private ulong _next = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public string Name => "HTTP/2 PING";

    /// <summary>Begins the connection: both sides' SETTINGS, each acknowledged.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync((byte[])[.. s_preface, .. Frame(Settings, 0, [])], cancellationToken).ConfigureAwait(false);
        var first = true;
        while (true)
        {
            (var type, var flags, var _) = await ReadFrameAsync(first, cancellationToken).ConfigureAwait(false);
            first = false;
            if (type == Settings && (flags & Acknowledged) != 0)
            {
                return;
            }
        }
    }

    /// <summary>One round trip.</summary>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        var expected = _next++;
        BinaryPrimitives.WriteUInt64LittleEndian(_ping.AsSpan(FrameHeader), expected);
        await stream.WriteAsync(_ping, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            (var type, var flags, var payload) = await ReadFrameAsync(
                first: false, cancellationToken).ConfigureAwait(false);
            if (type == Ping && (flags & Acknowledged) != 0)
            {
                if (payload.Length != PingSize || BinaryPrimitives.ReadUInt64LittleEndian(payload.Span) != expected)
                {
                    throw new ToolException("The server answered a ping that was not sent.");
                }

                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // No error: so that the server ends in order (section 6.8).
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await stream.WriteAsync(Frame(GoAway, 0, new byte[8]), limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It has gone already.
        }

        await stream.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The next frame; those that want an answer are answered here.</summary>
    private async Task<(byte Type, byte Flags, ReadOnlyMemory<byte> Payload)> ReadFrameAsync(
        bool first, CancellationToken cancellationToken)
    {
        await stream.ReadAllAsync(_header, cancellationToken).ConfigureAwait(false);
        if (first && _header.AsSpan().StartsWith("HTTP/1"u8))
        {
            throw new ToolException("The server speaks HTTP/1.1 there, not HTTP/2.");
        }

        var length = (_header[0] << 16) | (_header[1] << 8) | _header[2];
        var type = _header[3];
        var flags = _header[4];
        if (length > LargestFrame || (first && type != Settings))
        {
            throw new ToolException("The server does not speak HTTP/2 there.");
        }

        var payload = _payload.AsMemory(0, length);
        await stream.ReadAllAsync(payload, cancellationToken).ConfigureAwait(false);
        switch (type)
        {
            case Settings when (flags & Acknowledged) == 0:
                await stream.WriteAsync(Frame(Settings, Acknowledged, []), cancellationToken).ConfigureAwait(false);
                break;
            case Ping when (flags & Acknowledged) == 0:
                await stream.WriteAsync(Frame(Ping, Acknowledged, payload.Span), cancellationToken).ConfigureAwait(false);
                break;
            case GoAway:
                throw new ToolException(
                    length < 8 ? "The server ends the connection." : $"The server ends the connection (HTTP/2 error {BinaryPrimitives.ReadUInt32BigEndian(payload.Span[4..])}).");
            default:
                break;
        }

        return (type, flags, payload);
    }

    private static byte[] Frame(byte type, byte flags, ReadOnlySpan<byte> payload)
        => [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, 0, .. payload];
}
