using Microsoft.Extensions.Logging;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>What Kestrel logs about requests of the other protocols, under the same ids and categories.</summary>
internal static partial class DirectLog
{
    [LoggerMessage(13, LogLevel.Error, @"Connection id ""{ConnectionId}"", Request id ""{TraceIdentifier}"": An unhandled exception was thrown by the application.", EventName = "ApplicationError")]
    internal static partial void ApplicationError(ILogger logger, string connectionId, string traceIdentifier, Exception exception);

    [LoggerMessage(27, LogLevel.Debug, @"Connection id ""{ConnectionId}"": a request timed out because it was not sent by the client at a minimum of {Rate} bytes/second.", EventName = "RequestBodyMinimumDataRateNotSatisfied")]
    internal static partial void RequestTooSlow(ILogger logger, string connectionId, double rate);

    [LoggerMessage(28, LogLevel.Debug, @"Connection id ""{ConnectionId}"": the connection was closed because a response was not read by the client at the specified minimum data rate.", EventName = "ResponseMinimumDataRateNotSatisfied")]
    internal static partial void ResponseTooSlow(ILogger logger, string connectionId);
}
