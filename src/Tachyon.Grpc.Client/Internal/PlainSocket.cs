using System.Net.Sockets;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Sockets;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>An ordinary connection over the Unix socket at the path, for HTTP/2 as everybody speaks it.</summary>
internal static class PlainSocket
{
    internal static async ValueTask<Stream> ConnectAsync(string path, TachyonClientOptions options, CancellationToken cancellationToken)
        => new NetworkStream(await Connector.ConnectSocketAsync(path, options, cancellationToken).ConfigureAwait(false), ownsSocket: true);
}
