using Tachyon.Frames;

namespace Tachyon.TestPeer.Hostile;

/// <summary>As <see cref="Http2Requests"/>, in direct mode.</summary>
internal static class DirectRequests
{
    private const int MessageSize = 1 << 20;

    /// <inheritdoc cref="Http2Requests.Make"/>
    internal static byte[] Make(int? messageSize)
    {
        FrameBuffer all = default;
        all.Write(new byte[FrameHeader.Size + FrameSettings.Size]);
        FrameSettings.Default.WriteFrame(all.WrittenMemory.Span);
        var target = messageSize is null ? "/tachyon.test.Hold/ClientStream" : "/tachyon.test.Flow/Flood";
        new RequestTemplate("POST", "http", "localhost", target, [new("content-type", "application/grpc"), new("te", "trailers")])
            .Write(ref all, number: 1);
        for (uint stream = 1; stream < 2 * Http2Requests.Streams; stream += 2)
        {
            all.EndFrame(all.BeginFrame(), FrameType.Headers, FrameFlags.None, template: 1, stream);
            if (messageSize is { } size)
            {
                WriteData(ref all, Http2Requests.MakeFlood(size), FrameFlags.End, stream);

                // The server may send without end.
                var window = all.BeginFrame();
                all.Write(int.MaxValue - (uint)SendCredit.Initial);
                all.EndFrame(window, FrameType.Window, FrameFlags.None, template: 0, stream);
                continue;
            }

            // All the credit that a stream begins with.
            foreach (var part in Http2Requests.BeginMessage(MessageSize, SendCredit.Initial).Chunk(FrameHeader.MaxDataLength))
            {
                WriteData(ref all, part, FrameFlags.None, stream);
            }
        }

        var bytes = all.Written.ToArray();
        all.Release();
        return bytes;
    }

    private static void WriteData(ref FrameBuffer all, byte[] bytes, FrameFlags flags, uint stream)
    {
        var start = all.BeginFrame();
        all.Write(bytes.AsSpan());
        all.EndFrame(start, FrameType.Data, flags, template: 0, stream);
    }
}
