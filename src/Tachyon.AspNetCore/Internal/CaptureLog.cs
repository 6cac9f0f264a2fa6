using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The log messages of captures. Ids from 115.</summary>
/// <remarks>Thread-safe.</remarks>
internal static partial class CaptureLog
{
    internal static void Changed(ILogger logger, TachyonCaptureStatus status)
    {
        if (status.IsRunning)
        {
            Started(logger, status.Target, status.Path is { } path ? $"the connections of '{path}'" : "all connections", status.SnapLength);
        }
        else if (status.Error is { } error)
        {
            Failed(logger, status.Target, error, status.Packets);
        }
        else
        {
            Ended(logger, status.Target, status.Packets, status.Dropped);
        }
    }

    [LoggerMessage(130, LogLevel.Warning, "A capture of the traffic began, in the clear: {Scope} go to {Target}, at most {SnapLength} bytes of each packet.", EventName = "CaptureStarted")]
    private static partial void Started(ILogger logger, string target, string scope, int snapLength);

    [LoggerMessage(131, LogLevel.Information, "The capture to {Target} ended: {Packets} packets, {Dropped} dropped.", EventName = "CaptureEnded")]
    private static partial void Ended(ILogger logger, string target, long packets, long dropped);

    [LoggerMessage(132, LogLevel.Warning, "The capture to {Target} failed: {Error} {Packets} packets were written.", EventName = "CaptureFailed")]
    private static partial void Failed(ILogger logger, string target, string error, long packets);
}
