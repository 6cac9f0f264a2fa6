using System.Net.Sockets;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>A connection over the plain Unix socket, for HTTP/2 without shared memory.</summary>
internal static class PlainSocket
{
    internal static async ValueTask<Stream> ConnectAsync(string path, TachyonChannelOptions options, CancellationToken cancellationToken)
        => new NetworkStream(
            await TachyonConnection.ConnectSocketAsync(path, options, cancellationToken).ConfigureAwait(false), ownsSocket: true);
}
