using Tachyon.Grpc.Client.Internal.Direct;
using Connect = System.Func<
    System.Net.Http.SocketsHttpConnectionContext, System.Threading.CancellationToken, System.Threading.Tasks.ValueTask<System.IO.Stream>>;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>How the handlers of a channel connect.</summary>
/// <param name="Http2">For HTTP/2.</param>
/// <param name="Direct">Asks for direct mode; null where the channel does not want it.</param>
internal sealed record ChannelConnector(Connect Http2, Func<CancellationToken, Task<DirectConnect>>? Direct = null);
