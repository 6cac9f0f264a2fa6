using System.Globalization;
using System.Net.Sockets;
using Tachyon.Frames;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A client that opens as many streams as a server allows, over shared memory or a plain socket, in HTTP/2 or in direct mode, lets the
/// server keep as much as it can for them, and never reads.
/// </summary>
internal static class StreamHoarder
{
    // Its connections live as long as the process.
    private static readonly List<object> s_connections = [];

    /// <param name="path">The socket of the server.</param>
    /// <param name="argument">
    /// "shared", "plain" or "direct"; the number of connections; the bytes of each message of endless responses that are never read, or
    /// "held" for requests that the server's handlers do not read.
    /// </param>
    internal static async Task RunAsync(string path, string argument)
    {
        var words = argument.Split(' ');
        int? messageSize = words[2] == "held" ? null : int.Parse(words[2], CultureInfo.InvariantCulture);
        var requests = words[0] == "direct" ? DirectRequests.Make(messageSize) : Http2Requests.Make(messageSize);
        for (var i = 0; i < int.Parse(words[1], CultureInfo.InvariantCulture); i++)
        {
            await (words[0] == "plain"
                ? SendOverSocketAsync(path, requests)
                : SendOverMemoryAsync(path, requests, words[0] == "direct" ? DirectFeature.Frames1 : 0)).ConfigureAwait(false);
        }

        ServerRoles.Report("ready");
    }

    private static async Task SendOverMemoryAsync(string path, byte[] bytes, uint features)
    {
        var connection = await TachyonConnection.ConnectAsync(
            path, options: null, new TachyonApplicationFeatures(features, features)).ConfigureAwait(false);
        s_connections.Add(connection);
        await connection.Output.WriteAsync(bytes).ConfigureAwait(false);
    }

    private static async Task SendOverSocketAsync(string path, byte[] bytes)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        s_connections.Add(socket);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent)).ConfigureAwait(false);
        }
    }
}
