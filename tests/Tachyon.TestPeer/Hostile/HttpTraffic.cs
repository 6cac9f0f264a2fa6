using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>gRPC echo calls over a given connection, made with HttpClient alone.</summary>
internal sealed class HttpTraffic : IDisposable
{
    private readonly HttpMessageInvoker _client;

    internal HttpTraffic(TachyonConnection connection)
    {
        var stream = connection.GetStream();
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => Interlocked.Exchange(ref stream, null) is { } only
                ? ValueTask.FromResult(only)
                : ValueTask.FromException<Stream>(new IOException("There is one connection only.")),
            UseProxy = false,
        });
    }

    /// <summary>One call after another until one fails.</summary>
    internal async Task CallAsync(int seed)
    {
        for (var i = 0; ; i++)
        {
            await CallOnceAsync(BytePattern.Make((i * 997 % 20_000) + 1, 0, seed)).ConfigureAwait(false);
        }
    }

    internal async Task<byte[]> CallOnceAsync(byte[] data)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/tachyon.test.Echo/Unary")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Frame(data)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await _client.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>A gRPC message with a Payload: field 2 (data), length-delimited.</summary>
    private static byte[] Frame(byte[] data)
    {
        using var message = new MemoryStream();
        message.WriteByte((2 << 3) | 2);
        for (var length = data.Length; ; length >>= 7)
        {
            if (length < 0x80)
            {
                message.WriteByte((byte)length);
                break;
            }

            message.WriteByte((byte)(length | 0x80));
        }

        message.Write(data);
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.ToArray().CopyTo(framed, 5);
        return framed;
    }
}
