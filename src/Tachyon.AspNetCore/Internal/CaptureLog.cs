using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>Logs how captures begin and end.</summary>
/// <remarks>Thread-safe.</remarks>
internal static class CaptureLog
{
    internal static void Changed(ILogger logger, TachyonCaptureStatus status)
    {
        if (status.IsRunning)
        {
            TachyonLog.CaptureStarted(logger, status.Target, status.Path is { } path ? $"the connections of '{path}'" : "all connections", status.SnapLength);
        }
        else if (status.Error is { } error)
        {
            TachyonLog.CaptureFailed(logger, status.Target, error, status.Packets);
        }
        else
        {
            TachyonLog.CaptureEnded(logger, status.Target, status.Packets, status.Dropped);
        }
    }
}
