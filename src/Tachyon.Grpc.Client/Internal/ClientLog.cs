using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Tachyon.Grpc.Client.Internal;

internal static partial class ClientLog
{
    internal const string Category = "Tachyon.Grpc.Client";

    [LoggerMessage(200, LogLevel.Warning, "Falling back to the Unix socket at '{Path}': {Cause} SharedMemory = Require makes this an error.", EventName = "FellBack")]
    internal static partial void FellBack(ILogger logger, string path, string cause);

    [LoggerMessage(201, LogLevel.Information, "Connected to '{Path}' over shared memory.", EventName = "Connected")]
    internal static partial void Connected(ILogger logger, string path);

    [LoggerMessage(202, LogLevel.Information, "Connected to '{Path}' over shared memory, in direct mode.", EventName = "ConnectedDirect")]
    internal static partial void ConnectedDirect(ILogger logger, string path);

    [LoggerMessage(203, LogLevel.Information, "The call of '{Method}' failed with {StatusCode}: {Detail}", EventName = "CallFailed")]
    internal static partial void CallFailed(ILogger logger, string method, StatusCode statusCode, string detail);
}
