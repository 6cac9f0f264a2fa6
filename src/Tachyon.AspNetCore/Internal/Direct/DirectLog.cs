using Microsoft.Extensions.Logging;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>What Kestrel logs about requests of the other protocols, under the same ids and category.</summary>
internal static partial class DirectLog
{
    [LoggerMessage(13, LogLevel.Error, @"Connection id ""{ConnectionId}"", Request id ""{TraceIdentifier}"": An unhandled exception was thrown by the application.", EventName = "ApplicationError")]
    internal static partial void ApplicationError(ILogger logger, string connectionId, string traceIdentifier, Exception exception);
}
