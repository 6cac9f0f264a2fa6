using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>What SocketsHttpHandler calls when it needs a connection.</summary>
internal sealed class ConnectCallback(string path, TachyonClientOptions options)
{
    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        TachyonConnection connection = await TachyonConnection.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
        connection.AllowInlineContinuations = IsPlainHttp2(context.InitialRequestMessage);
        return connection.GetStream();
    }

    // HTTP/2's read loop hands results to user code through the thread pool; HTTP/1.1 and TLS would run user code inline.
    private static bool IsPlainHttp2(HttpRequestMessage request)
        => request.Version.Major == 2
        && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower
        && request.RequestUri?.Scheme == Uri.UriSchemeHttp;
}
