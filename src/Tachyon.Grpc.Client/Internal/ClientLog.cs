using Microsoft.Extensions.Logging;

namespace Tachyon.Grpc.Client.Internal;

internal static partial class ClientLog
{
    internal const string Category = "Tachyon.Grpc.Client";

    [LoggerMessage(200, LogLevel.Warning, "Calls to '{Path}' go over its Unix socket, without shared memory: {Cause} Said once; the metric tachyon.fallbacks counts each connection. SharedMemory = Require makes this an error.", EventName = "FellBack")]
    internal static partial void FellBack(ILogger logger, string path, string cause);
}
