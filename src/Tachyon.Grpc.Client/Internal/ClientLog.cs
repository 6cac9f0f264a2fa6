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

    [LoggerMessage(203, LogLevel.Information, "Connected to '{Path}' over its Unix socket, without shared memory, because {Reason}.", EventName = "ConnectedWithoutSharedMemory")]
    internal static partial void ConnectedWithoutSharedMemory(ILogger logger, string path, string reason);

    [LoggerMessage(204, LogLevel.Warning, "A capture of the traffic of this process runs, in the clear: it goes to {Target}.", EventName = "Captured")]
    internal static partial void Captured(ILogger logger, string target);

    [LoggerMessage(205, LogLevel.Warning, "The capture of the traffic to {Target} failed: {Error}", EventName = "CaptureFailed")]
    internal static partial void CaptureFailed(ILogger logger, string target, string error);

    [LoggerMessage(206, LogLevel.Information, "The call of '{Method}' failed with {StatusCode}: {Detail}", EventName = "CallFailed")]
    internal static partial void CallFailed(ILogger logger, string method, StatusCode statusCode, string detail);
}
