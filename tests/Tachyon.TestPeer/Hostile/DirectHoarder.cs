using System.Globalization;
using Tachyon.Frames;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>As <see cref="Http2Hoarder"/>, in direct mode.</summary>
internal static class DirectHoarder
{
    private const int Streams = 100;
    private const int MessageSize = 1 << 20;

    // Its connections live as long as the process.
    private static readonly List<TachyonConnection> s_connections = [];

    /// <param name="path">The socket of the server.</param>
    /// <param name="argument">
    /// "direct"; the number of connections; the bytes of each message of endless responses that are never read, or "held" for requests that
    /// the server's handlers do not read.
    /// </param>
    internal static async Task RunAsync(string path, string argument)
    {
        var words = argument.Split(' ');
        var requests = MakeRequests(messageSize: words[2] == "held" ? null : int.Parse(words[2], CultureInfo.InvariantCulture));
        for (var i = 0; i < int.Parse(words[1], CultureInfo.InvariantCulture); i++)
        {
            var connection = await TachyonConnection.ConnectAsync(
                path, options: null, new TachyonApplicationFeatures(DirectFeature.Frames1, DirectFeature.Frames1)).ConfigureAwait(false);
            s_connections.Add(connection);
            await connection.Output.WriteAsync(requests).ConfigureAwait(false);
        }

        ServerRoles.Report("ready");
    }

    private static byte[] MakeRequests(int? messageSize)
    {
        FrameBuffer all = default;
        all.Write(new byte[FrameHeader.Size + FrameSettings.Size]);
        FrameSettings.Default.WriteFrame(all.WrittenMemory.Span);
        var target = messageSize is null ? "/tachyon.test.Hold/ClientStream" : "/tachyon.test.Flow/Flood";
        new RequestTemplate("POST", "http", "localhost", target, [new("content-type", "application/grpc"), new("te", "trailers")])
            .Write(ref all, number: 1);
        for (uint stream = 1; stream < 2 * Streams; stream += 2)
        {
            all.EndFrame(all.BeginFrame(), FrameType.Headers, FrameFlags.None, template: 1, stream);
            if (messageSize is { } size)
            {
                WriteData(ref all, Http2Hoarder.MakeFlood(size), FrameFlags.End, stream);

                // The server may send without end.
                var window = all.BeginFrame();
                all.Write(int.MaxValue - (uint)SendCredit.Initial);
                all.EndFrame(window, FrameType.Window, FrameFlags.None, template: 0, stream);
                continue;
            }

            // All the credit that a stream begins with.
            foreach (var part in Http2Hoarder.BeginMessage(MessageSize, SendCredit.Initial).Chunk(FrameHeader.MaxDataLength))
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
